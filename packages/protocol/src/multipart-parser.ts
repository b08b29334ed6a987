import { ByteSink } from "./byte-sink.ts";
import { type MultipartHead, readMultipartHead } from "./multipart-header.ts";
import { failure, ok, type Result, type WireError, type WireErrorCode } from "./result.ts";

/** One part of a multipart body. */
export interface MultipartPart extends MultipartHead {
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Bounds of what is read, so that no sender can fill the memory. */
export interface MultipartLimits {
  /** Default 16. */
  readonly maxParts?: number;
  /** Of one part's header. Default 8 KiB. */
  readonly maxHeaderBytes?: number;
  /** Longest data of a part; `"skip"` reads over it without keeping it. Default 1 MiB for each. */
  readonly maxPartBytes?: (head: MultipartHead) => number | "skip";
}

const CR = 13;
const LF = 10;
const DASH = 45;
/** Blanks that RFC 2046 allows behind a boundary. Nobody sends any. */
const MAX_PADDING = 64;

/** A boundary among the bytes, or up to where there is surely none. */
interface Delimiter {
  readonly kind: "none" | "part" | "last";
  readonly start: number;
  /** Where the header begins: at the line end behind the boundary. */
  readonly end: number;
}

/**
 * Reads `multipart/form-data` (RFC 7578) from chunks cut anywhere. Memory is bounded by the limits: of a body that never ends, or is no
 * multipart at all, a few bytes are kept. A line that only begins with the boundary is data, so parts may contain other multipart bodies.
 */
export class MultipartParser {
  readonly #delimiter: Uint8Array;
  readonly #maxParts: number;
  readonly #maxHeaderBytes: number;
  readonly #maxPartBytes: (head: MultipartHead) => number | "skip";

  /** What could not be decided yet. */
  readonly #pending = new ByteSink();
  readonly #data = new ByteSink();
  #state: "preamble" | "header" | "data" | "end" = "preamble";
  #head: MultipartHead = { name: "" };
  #limit: number | "skip" = "skip";
  #parts = 0;
  #failure: { readonly ok: false; readonly error: WireError } | undefined;

  constructor(boundary: string, limits: MultipartLimits = {}) {
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
    this.#maxParts = limits.maxParts ?? 16;
    this.#maxHeaderBytes = limits.maxHeaderBytes ?? 8 * 1024;
    this.#maxPartBytes = limits.maxPartBytes ?? (() => 1024 * 1024);
    // The first boundary needs no line end before it.
    this.#pending.append(Uint8Array.of(CR, LF));
  }

  /** @returns the parts that became complete with this chunk; after an error always that error */
  push(chunk: Uint8Array): Result<readonly MultipartPart[]> {
    const parts: MultipartPart[] = [];
    if (this.#failure || this.#state === "end") return this.#failure ?? ok(parts);
    this.#pending.append(chunk);
    const bytes = this.#pending.view();
    let at = 0;
    for (let going = true; going; ) {
      const next = this.#state === "header" ? this.#readHeader(bytes, at) : this.#readData(bytes, at, parts);
      going = next > at && this.#reads();
      at = next;
    }
    this.#pending.drop(this.#reads() ? at : bytes.length);
    return this.#failure ?? ok(parts);
  }

  /** Says that the body is over. An error if its last boundary has not come. */
  end(): Result<void> {
    if (!this.#failure && this.#state !== "end") this.#fail("not-multipart", "The body ends before its last boundary.");
    return this.#failure ?? ok(undefined);
  }

  #reads(): boolean {
    return this.#state !== "end" && this.#failure === undefined;
  }

  /** @param at the line end behind the boundary, so that a header without lines ends like any other */
  #readHeader(bytes: Uint8Array, at: number): number {
    const end = indexOfBlankLine(bytes, at);
    if ((end === -1 ? bytes.length : end) - at > this.#maxHeaderBytes) {
      this.#fail("too-large", `The header of a part is longer than ${this.#maxHeaderBytes} bytes.`);
      return at;
    }
    if (end === -1) return at;
    this.#head = readMultipartHead(new TextDecoder().decode(bytes.subarray(at, end)));
    this.#limit = this.#maxPartBytes(this.#head);
    this.#state = "data";
    return end + 4;
  }

  #readData(bytes: Uint8Array, at: number, parts: MultipartPart[]): number {
    const { kind, start, end } = this.#find(bytes, at);
    if (this.#state === "data") this.#keep(bytes.subarray(at, start));
    if (kind === "none" || this.#failure) return start;
    if (this.#state === "data" && this.#limit !== "skip") parts.push({ ...this.#head, data: this.#data.take() });
    this.#state = kind === "last" ? "end" : "header";
    if (kind === "part" && ++this.#parts > this.#maxParts)
      this.#fail("too-large", `The body has more than ${this.#maxParts} parts.`);
    return end;
  }

  #keep(piece: Uint8Array): void {
    if (this.#limit === "skip") return;
    if (this.#data.length + piece.length <= this.#limit) this.#data.append(piece);
    else this.#fail("too-large", `A part is longer than ${this.#limit} bytes.`);
  }

  /** The first boundary from `at` on. Boundaries have one CR, at their beginning, so no byte is compared twice. */
  #find(bytes: Uint8Array, at: number): Delimiter {
    for (let start = bytes.indexOf(CR, at); start !== -1; start = bytes.indexOf(CR, start + 1)) {
      const known = commonPrefix(bytes, start, this.#delimiter);
      if (start + known === bytes.length) return { kind: "none", start, end: start };
      if (known < this.#delimiter.length) continue;
      const behind = kindOf(bytes, start + known);
      if (behind === "data") continue;
      if (behind === "undecided") return { kind: "none", start, end: start };
      return { ...behind, start };
    }
    return { kind: "none", start: bytes.length, end: bytes.length };
  }

  #fail(code: WireErrorCode, message: string): void {
    this.#failure = failure(code, message);
    this.#data.take();
  }
}

/** How many bytes from `start` on are those of the pattern. */
function commonPrefix(bytes: Uint8Array, start: number, pattern: Uint8Array): number {
  let length = 0;
  while (length < pattern.length && start + length < bytes.length && bytes[start + length] === pattern[length])
    length += 1;
  return length;
}

/** What follows a boundary: `--`, or blanks and a line end; else it was the beginning of a longer line. */
function kindOf(bytes: Uint8Array, at: number): "data" | "undecided" | Pick<Delimiter, "kind" | "end"> {
  if (bytes[at] === DASH && at + 1 === bytes.length) return "undecided";
  if (bytes[at] === DASH) return bytes[at + 1] === DASH ? { kind: "last", end: at + 2 } : "data";
  let end = at;
  while (end - at < MAX_PADDING && (bytes[end] === 32 || bytes[end] === 9)) end += 1;
  if (end >= bytes.length || (bytes[end] === CR && end + 1 === bytes.length)) return "undecided";
  return bytes[end] === CR && bytes[end + 1] === LF ? { kind: "part", end } : "data";
}

function indexOfBlankLine(bytes: Uint8Array, at: number): number {
  for (let index = bytes.indexOf(CR, at); index !== -1; index = bytes.indexOf(CR, index + 1)) {
    if (bytes[index + 1] === LF && bytes[index + 2] === CR && bytes[index + 3] === LF) return index;
  }
  return -1;
}
