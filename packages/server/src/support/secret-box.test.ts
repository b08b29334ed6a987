import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ErrorCode, ReelayError, SecretBox } from "./index.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reelay-secrets-"));
  file = join(folder, "secret.key");
});
afterEach(() => rmSync(folder, { recursive: true }));

function refused(action: () => unknown, code: ErrorCode, detail: RegExp): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ReelayError);
    expect(error).toMatchObject({ code, detail: expect.stringMatching(detail) });
    return;
  }
  expect.unreachable("it was not refused");
}

test("the key is made with the first secret, for its owner only, and outlasts the process", () => {
  const box = new SecretBox({ file });
  expect(existsSync(file)).toBe(false);
  const sealed = box.seal("whsec_ä", "hook 1");
  expect(sealed.includes("whsec")).toBe(false);
  expect(box.seal("whsec_ä", "hook 1").equals(sealed)).toBe(false);
  if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(new SecretBox({ file }).open(sealed, "hook 1")).toBe("whsec_ä");
});

describe("what was sealed is opened by nobody else:", () => {
  test("another key, which is named", () => {
    const sealed = new SecretBox({ file }).seal("secret", "hook 1");
    rmSync(file);
    refused(
      () => new SecretBox({ file }).open(sealed, "hook 1"),
      "REELAY_SECRET_UNREADABLE",
      /There is no .*secret\.key/,
    );
    const other = new SecretBox({ file });
    other.seal("another", "hook 2");
    const names = new RegExp(`sealed with the key ${sealed.toString("hex", 1, 9)}\\. This server has [0-9a-f]{16}\\.`);
    refused(() => other.open(sealed, "hook 1"), "REELAY_SECRET_UNREADABLE", names);
  });

  test("another context, each changed byte, and less than a value", () => {
    const box = new SecretBox({ file });
    const sealed = box.seal("secret", "hook 1");
    refused(() => box.open(sealed, "hook 2"), "REELAY_SECRET_UNREADABLE", /changed/);
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed, "hook 1")).toThrow(ReelayError);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => box.open(sealed.subarray(0, length), "hook 1")).toThrow(ReelayError);
    }
  });
});

test("a given key goes before the file's, and what the file's key sealed can still be opened", () => {
  const before = new SecretBox({ file }).seal("old", "hook 1");
  const given = new SecretBox({ file, key: "a passphrase of some length" });
  const sealed = given.seal("new", "hook 1");
  expect([given.open(before, "hook 1"), given.open(sealed, "hook 1")]).toEqual(["old", "new"]);
  refused(() => new SecretBox({ file }).open(sealed, "hook 1"), "REELAY_SECRET_UNREADABLE", /This server has/);
  expect(new SecretBox({ file, key: "a passphrase of some length" }).open(sealed, "hook 1")).toBe("new");
});

test("a given key makes no file", () => {
  new SecretBox({ file, key: "a passphrase of some length" }).seal("secret", "hook 1");
  expect(existsSync(file)).toBe(false);
});

test("a file that holds no key stays as it is, and says so when it is needed", () => {
  writeFileSync(file, "not a key\n");
  const box = new SecretBox({ file });
  refused(() => box.seal("secret", "hook 1"), "REELAY_SECRET_KEY_UNUSABLE", /64 hex digits/);
  expect(readFileSync(file, "utf8")).toBe("not a key\n");
});

test("a folder that is not there is told when something is to be sealed", () => {
  const box = new SecretBox({ file: join(folder, "gone", "secret.key") });
  refused(() => box.seal("secret", "hook 1"), "REELAY_SECRET_KEY_UNUSABLE", /ENOENT/);
});
