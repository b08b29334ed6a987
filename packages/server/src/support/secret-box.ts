import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from "node:crypto";
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ReelayError, systemCode } from "./errors.ts";

const VERSION = 1;
const KEY_BYTES = 32;
const ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES + TAG_BYTES;

export interface SecretBoxOptions {
  /** Where the key is kept (mode 0600). It is made when the first value is sealed and no {@link key} is given. */
  readonly file: string;
  /** A passphrase to seal with instead of the file's key. What was sealed with the file's key can still be opened. */
  readonly key?: string | undefined;
}

interface Key {
  /** Of the key, not secret: tells which one a value was sealed with. */
  readonly id: Buffer;
  readonly bytes: Buffer;
}

/**
 * Keeps what Reelay itself must present elsewhere: secrets and headers of hooks, tokens of other servers. AES-256-GCM. A sealed value is
 * version (1 byte), id of the key (8), nonce (12), tag (16) and the encrypted text.
 */
export class SecretBox {
  readonly #file: string;
  readonly #given: Key | undefined;
  #kept: Key | undefined;
  /** Why the file that is there cannot be used. It is never overwritten. */
  #trouble: string | undefined;

  /** Never throws: a key that cannot be read is told when something has to be sealed or opened. */
  constructor({ file, key }: SecretBoxOptions) {
    this.#file = file;
    // The salt cannot be random, as there is no other place than the values to keep it; scrypt makes guessing slow.
    this.#given = key === undefined ? undefined : withId(scryptSync(key, "reelay secret key", KEY_BYTES));
    this.#readFile();
  }

  /**
   * @param context what the value is of, such as `hook hook_1f…`: it can be opened as that only, so that rows cannot be exchanged
   * @throws REELAY_SECRET_KEY_UNUSABLE when the key file cannot be read or made
   */
  seal(text: string, context: string): Buffer {
    const key = this.#given ?? this.#kept ?? this.#make();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), key.id, nonce, cipher.getAuthTag(), encrypted]);
  }

  /** @throws REELAY_SECRET_UNREADABLE for a value of another key, of another context, or a damaged one */
  open(sealed: Uint8Array, context: string): string {
    const bytes = Buffer.from(sealed);
    if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) {
      throw new ReelayError("REELAY_SECRET_UNREADABLE", "The sealed value is damaged or of a newer Reelay.");
    }
    const id = bytes.subarray(1, 1 + ID_BYTES);
    const key = [this.#given, this.#kept].find((known) => known?.id.equals(id));
    if (key === undefined) {
      const wanted = id.toString("hex");
      throw new ReelayError("REELAY_SECRET_UNREADABLE", `It was sealed with the key ${wanted}. ${this.#whichKeys()}`);
    }
    const rest = bytes.subarray(1 + ID_BYTES);
    const nonce = rest.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(rest.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return decipher.update(rest.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    } catch (error) {
      throw new ReelayError("REELAY_SECRET_UNREADABLE", "The sealed value was changed.", { cause: error });
    }
  }

  #whichKeys(): string {
    const known = [this.#given, this.#kept].flatMap((key) => (key === undefined ? [] : [key.id.toString("hex")]));
    if (this.#trouble !== undefined) return this.#trouble;
    return known.length === 0 ? `There is no ${this.#file}.` : `This server has ${known.join(" and ")}.`;
  }

  #readFile(): void {
    let content: string;
    try {
      content = readFileSync(this.#file, "utf8").trim();
      if ((statSync(this.#file).mode & 0o077) !== 0) chmodSync(this.#file, 0o600);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") this.#trouble = `${this.#file} cannot be used: ${(error as Error).message}.`;
      return;
    }
    if (/^[0-9a-f]{64}$/.test(content)) this.#kept = withId(Buffer.from(content, "hex"));
    else this.#trouble = `${this.#file} does not hold a key: 64 hex digits.`;
  }

  #make(): Key {
    if (this.#trouble !== undefined) throw new ReelayError("REELAY_SECRET_KEY_UNUSABLE", this.#trouble);
    const bytes = randomBytes(KEY_BYTES);
    try {
      writeDurably(this.#file, `${bytes.toString("hex")}\n`);
    } catch (error) {
      throw new ReelayError("REELAY_SECRET_KEY_UNUSABLE", `${this.#file}: ${(error as Error).message}.`, {
        cause: error,
      });
    }
    this.#kept = withId(bytes);
    return this.#kept;
  }
}

function withId(bytes: Buffer): Key {
  return { bytes, id: createHash("sha256").update("reelay key id").update(bytes).digest().subarray(0, ID_BYTES) };
}

/** All of it or nothing, and on the disk before anything is sealed with it. */
function writeDurably(file: string, content: string): void {
  const unfinished = `${file}.new`;
  const handle = openSync(unfinished, "w", 0o600);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } catch (error) {
    // Windows opens folders, but does not write them through.
    if (systemCode(error) !== "EPERM") throw error;
  } finally {
    closeSync(folder);
  }
}
