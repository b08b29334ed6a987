/** Status line and headers of an answer. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** By name in lower case; of repeated headers the values, joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What came of an answer so far: nothing whole yet; its head, and the first bytes of what follows; or something that is not HTTP. */
export type ResponseProgress =
  | { readonly kind: "more" }
  | { readonly kind: "head"; readonly head: ResponseHead; readonly rest: Uint8Array }
  | { readonly kind: "error"; readonly error: HandshakeError };

/** Why a handshake failed. */
export interface HandshakeError {
  /**
   * `not-http`: the answer is not HTTP/1. `too-large`: its head is longer than the limit. `status`: it is not a 101, and `head.status` says
   * why. `not-websocket`: a 101 to something else. `bad-accept`: the answer to another key, such as a cached one. `unasked`: an extension or a
   * sub-protocol that was not offered.
   */
  readonly code: "not-http" | "too-large" | "status" | "not-websocket" | "bad-accept" | "unasked";
  /** One sentence for a person; never contains what was received, but for the status. */
  readonly message: string;
}

const CR = 13;
const LF = 10;

/** Reads the head of the answer to a handshake from chunks cut anywhere. Never throws on input; memory is bounded by `maxBytes`. */
export class HandshakeResponseReader {
  readonly #maxBytes: number;
  #bytes: Uint8Array;
  #length = 0;

  /** @param options.maxBytes Longest head, bytes. Default 16 KiB. */
  constructor(options: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? 16 * 1024;
    this.#bytes = new Uint8Array(Math.min(1024, this.#maxBytes));
  }

  /** Takes the next bytes. After a `head` or an `error` the reader has done its work: `rest` and what comes then is for the frame reader. */
  push(chunk: Uint8Array): ResponseProgress {
    for (let at = 0; at < chunk.length; at++) {
      if (this.#length === this.#maxBytes)
        return problem("too-large", "The head of the answer is longer than the limit");
      this.#append(chunk[at] ?? 0);
      if (chunk[at] === LF && this.#endsWithEmptyLine()) {
        const head = parseHead(this.#bytes.subarray(0, this.#length));
        if (head === undefined) return problem("not-http", "The answer is not HTTP/1");
        return { kind: "head", head, rest: chunk.subarray(at + 1) };
      }
    }
    return { kind: "more" };
  }

  #append(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#maxBytes, this.#length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }

  #endsWithEmptyLine(): boolean {
    const bytes = this.#bytes;
    const end = this.#length;
    return bytes[end - 2] === CR && bytes[end - 3] === LF && bytes[end - 4] === CR;
  }
}

function problem(code: HandshakeError["code"], message: string): { kind: "error"; error: HandshakeError } {
  return { kind: "error", error: { code, message } };
}

function parseHead(bytes: Uint8Array): ResponseHead | undefined {
  // Latin-1, as header values are.
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const [statusLine = "", ...lines] = text.slice(0, -4).split("\r\n");
  const status = /^HTTP\/1\.[01] ([1-5][0-9]{2})(?: ([^\r\n\0]*))?$/.exec(statusLine);
  if (!status) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    // A line that begins with a blank would continue the one before: obsolete since RFC 7230, and never sent by a server of this kind.
    const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*)$/.exec(line);
    if (!field) return undefined;
    const name = (field[1] ?? "").toLowerCase();
    const value = (field[2] ?? "").trimEnd();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status[1]), statusText: status[2] ?? "", headers };
}

/**
 * Checks the answer to a handshake as RFC 6455 section 4.1 says.
 * @param expected.accept What `websocketAccept` makes of the key that was sent.
 * @param expected.protocols The sub-protocols that were offered. Default none.
 * @returns `undefined` if the connection is a WebSocket from here on, else what is wrong.
 */
export function checkHandshakeResponse(
  head: ResponseHead,
  expected: { readonly accept: string; readonly protocols?: readonly string[] },
): HandshakeError | undefined {
  const header = (name: string) => head.headers.get(name);
  if (head.status !== 101) return { code: "status", message: `The server answered the handshake with ${head.status}` };
  const upgrade = header("upgrade")?.toLowerCase() === "websocket";
  const connection =
    header("connection")
      ?.toLowerCase()
      .split(",")
      .some((word) => word.trim() === "upgrade") ?? false;
  if (!upgrade || !connection) return { code: "not-websocket", message: "The server switched to another protocol" };
  if (header("sec-websocket-accept") !== expected.accept) {
    return { code: "bad-accept", message: "The server answered another key than the one that was sent" };
  }
  if (header("sec-websocket-extensions")) {
    return { code: "unasked", message: "The server chose an extension, and none was offered" };
  }
  const protocol = header("sec-websocket-protocol");
  if (protocol !== undefined && !expected.protocols?.includes(protocol)) {
    return { code: "unasked", message: "The server chose a sub-protocol that was not offered" };
  }
  return undefined;
}
