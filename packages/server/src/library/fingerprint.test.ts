import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprint, NotAFile } from "./fingerprint.ts";

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 32);
const KIB = 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-fingerprint-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("fingerprint", () => {
  it.each([0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 100 * KIB, 128 * KIB, 300 * KIB])(
    "of %d bytes covers the first and the last 64 KiB",
    async (size) => {
      const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255));
      const path = join(folder, String(size));
      await writeFile(path, bytes);
      const tail = size <= 64 * KIB ? bytes : bytes.subarray(-64 * KIB);
      expect(await fingerprint(path)).toEqual({ size, head: sha(bytes.subarray(0, 64 * KIB)), tail: sha(tail) });
    },
  );

  it("tells files apart that differ only in their last byte", async () => {
    const [one, other] = [Buffer.alloc(200 * KIB), Buffer.alloc(200 * KIB)];
    other[other.length - 1] = 1;
    await Promise.all([writeFile(join(folder, "one"), one), writeFile(join(folder, "other"), other)]);
    const [a, b] = [await fingerprint(join(folder, "one")), await fingerprint(Buffer.from(join(folder, "other")))];
    expect([a.head === b.head, a.tail === b.tail]).toEqual([true, false]);
  });

  it("is refused for a folder and a missing file", async () => {
    await expect(fingerprint(folder)).rejects.toThrow(NotAFile);
    await expect(fingerprint(join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
