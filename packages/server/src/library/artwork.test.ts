import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ArtworkStore } from "./artwork.ts";
import { pictureTypeOf } from "./picture-type.ts";

const JPEG = Buffer.from("ffd8ffe000104a46494600", "hex");
const PNG = Buffer.from("89504e470d0a1a0a0000000d", "hex");
const WEBP = Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1");
const GIF = Buffer.from("GIF89a\0\0", "latin1");

let data: string;
let store: ArtworkStore;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "reelay-artwork-"));
  store = new ArtworkStore(data);
});
afterEach(() => rm(data, { recursive: true }));

async function put(bytes: Uint8Array) {
  const stored = await store.put(bytes);
  if ("error" in stored) throw new Error(stored.error.cause);
  return stored;
}

describe("ArtworkStore", () => {
  it.each([
    [JPEG, "image/jpeg"],
    [PNG, "image/png"],
    [WEBP, "image/webp"],
    [GIF, "image/gif"],
  ])("keeps a picture under the hash of its bytes (%#)", async (bytes, mime) => {
    const hash = createHash("sha256").update(bytes).digest("hex");
    expect(await put(bytes)).toEqual({ hash, mime, bytes: bytes.length });
    const path = join(data, "artwork", hash.slice(0, 2), hash);
    expect(await store.open(hash)).toEqual({ path, mime, size: bytes.length });
    expect(await readFile(path)).toEqual(bytes);
  });

  it("keeps the same picture once, also when many store it at once, and leaves no draft", async () => {
    const stored = await Promise.all(Array.from({ length: 20 }, () => put(JPEG)));
    const hash = stored[0]?.hash ?? "";
    expect(new Set(stored.map((one) => one.hash)).size).toBe(1);
    expect(await readdir(join(data, "artwork", hash.slice(0, 2)))).toEqual([hash]);
  });

  it("writes a picture anew that a crash left half", async () => {
    const { hash } = await put(JPEG);
    const path = join(data, "artwork", hash.slice(0, 2), hash);
    await writeFile(path, JPEG.subarray(0, 5));
    await put(JPEG);
    expect(await readFile(path)).toEqual(JPEG);
  });

  it.each([
    [Buffer.from("<svg onload=alert(1)>"), "REELAY_PICTURE_UNSUPPORTED"],
    [Buffer.alloc(0), "REELAY_PICTURE_UNSUPPORTED"],
    [Buffer.concat([JPEG, Buffer.alloc(10 * 1024 * 1024)]), "REELAY_PICTURE_TOO_LARGE"],
  ])("refuses what is no picture or too large (%#)", async (bytes, code) => {
    expect(await store.put(bytes)).toMatchObject({ error: { code } });
    expect(await readdir(data)).toEqual([]);
  });

  it("opens nothing that is no hash, and nothing that is not there", async () => {
    await writeFile(join(data, "secret"), JPEG);
    const { hash } = await put(JPEG);
    for (const no of [
      "",
      "..",
      "../secret",
      `../artwork/${hash.slice(0, 2)}/${hash}`,
      `${hash}\n`,
      hash.toUpperCase(),
    ]) {
      expect(await store.open(no), no).toBeUndefined();
    }
    expect(await store.open("0".repeat(64))).toBeUndefined();
  });
});

describe("pictureTypeOf", () => {
  it("never fails, and sees only the bytes it was given", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => void pictureTypeOf(bytes)));
    expect(pictureTypeOf(JPEG.subarray(0, 2))).toBeUndefined();
    expect(pictureTypeOf(Buffer.concat([Buffer.from("x"), PNG]).subarray(1))).toBe("image/png");
    expect(pictureTypeOf(Buffer.from("RIFF\0\0\0\0WAVEfmt ", "latin1"))).toBeUndefined();
  });
});
