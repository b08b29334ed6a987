/** An event of a stream. */
export interface SseEvent {
  readonly kind: "event";
  /** Its name; `message` if it had none. */
  readonly event: string;
  /** Its data lines, joined by line feeds. */
  readonly data: string;
  /** The id that this event carried, if it did. */
  readonly id?: string;
  /** The last id of the stream up to and including this event; `""` if there was none. */
  readonly lastEventId: string;
}

/** An event that was longer than `maxEventBytes`. It was dropped; the stream goes on with the next one. */
export interface SseOverflow {
  readonly kind: "overflow";
  /** What was known of it when it grew too long. */
  readonly event?: string;
  readonly lastEventId: string;
}

/** The server asks to be reconnected to after this time. */
export interface SseRetry {
  readonly kind: "retry";
  readonly milliseconds: number;
}

/** What a stream holds. */
export type SseItem = SseEvent | SseOverflow | SseRetry;

/** Options of a parser. */
export interface SseParserOptions {
  /** Longest event that is accepted, bytes of all its lines, comments included. Default 1 MiB. */
  readonly maxEventBytes?: number;
}

const LF = 10;
const CR = 13;

/**
 * Reads an event stream as the WHATWG HTML standard, section 9.2.6, says, from chunks cut anywhere: lines end with LF, CR or CRLF, a byte order
 * mark at the start is skipped, comments and unknown fields are ignored, and so is an id that contains NUL. An event without data is not
 * reported, but its id counts. Memory is bounded by `maxEventBytes`.
 *
 * Works on bytes, because line ends cannot be part of a UTF-8 sequence: a line is decoded when it is whole, wherever the chunks were cut.
 */
export class SseParser {
  readonly #maxEventBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();

  #line = new Uint8Array(256);
  #lineLength = 0;
  #eventBytes = 0;
  #skipping = false;
  #afterCr = false;
  #firstLine = true;
  #highSurrogate = "";

  #event = "";
  #data: string[] = [];
  #id: string | undefined;
  #lastEventId = "";

  constructor(options: SseParserOptions = {}) {
    this.#maxEventBytes = options.maxEventBytes ?? 1024 * 1024;
  }

  /** The last id of the stream: what to send as `Last-Event-ID` to go on after the events that were reported. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /**
   * Takes the next piece of the stream and returns what became complete with it. An unfinished event at the end of a stream is dropped, as the
   * standard says: it will be sent again to who resumes.
   */
  push(chunk: Uint8Array | string): SseItem[] {
    const bytes = typeof chunk === "string" ? this.#encode(chunk) : chunk;
    const items: SseItem[] = [];
    let start = this.#afterCr && bytes[0] === LF ? 1 : 0;
    if (bytes.length > 0) this.#afterCr = false;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== LF && byte !== CR) continue;
      this.#append(bytes.subarray(start, at), items);
      this.#endLine(items);
      if (byte === CR && bytes[at + 1] === LF) at++;
      else if (byte === CR && at + 1 === bytes.length) this.#afterCr = true;
      start = at + 1;
    }
    this.#append(bytes.subarray(start), items);
    return items;
  }

  /** Text to bytes; half of a surrogate pair at the end waits for the other half. */
  #encode(chunk: string): Uint8Array {
    if (chunk === "") return new Uint8Array(0);
    const text = this.#highSurrogate + chunk;
    this.#highSurrogate = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? "";
    return this.#encoder.encode(text.slice(0, text.length - this.#highSurrogate.length));
  }

  #append(bytes: Uint8Array, items: SseItem[]): void {
    if (bytes.length === 0) return;
    this.#eventBytes += bytes.length;
    if (!this.#skipping && this.#eventBytes > this.#maxEventBytes) this.#overflow(items);
    if (this.#skipping) {
      // Only whether the line is empty matters now.
      this.#lineLength = 1;
      return;
    }
    const length = this.#lineLength + bytes.length;
    if (length > this.#line.length) {
      const grown = new Uint8Array(Math.min(Math.max(length, this.#line.length * 2), this.#maxEventBytes));
      grown.set(this.#line.subarray(0, this.#lineLength));
      this.#line = grown;
    }
    this.#line.set(bytes, this.#lineLength);
    this.#lineLength = length;
  }

  #overflow(items: SseItem[]): void {
    this.#skipping = true;
    // The id counts although the event is dropped: otherwise a client that resumes would meet the same event for ever.
    if (this.#id !== undefined) this.#lastEventId = this.#id;
    const event = this.#event === "" ? {} : { event: this.#event };
    items.push({ kind: "overflow", ...event, lastEventId: this.#lastEventId });
    this.#data = [];
  }

  #endLine(items: SseItem[]): void {
    if (this.#lineLength === 0) this.#dispatch(items);
    else if (!this.#skipping) this.#readLine(items);
    // The line's end is a byte of the event too, so that a flood of empty fields is counted.
    if (this.#lineLength > 0) this.#eventBytes++;
    this.#lineLength = 0;
    this.#firstLine = false;
  }

  #readLine(items: SseItem[]): void {
    let line = this.#decoder.decode(this.#line.subarray(0, this.#lineLength));
    if (this.#firstLine && line.startsWith("\uFEFF")) line = line.slice(1);
    if (line === "") {
      this.#dispatch(items);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    switch (field) {
      case "event":
        this.#event = value;
        break;
      case "data":
        this.#data.push(value);
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^[0-9]+$/.test(value)) items.push({ kind: "retry", milliseconds: Number(value) });
        break;
    }
  }

  #dispatch(items: SseItem[]): void {
    if (!this.#skipping) {
      if (this.#id !== undefined) this.#lastEventId = this.#id;
      if (this.#data.length > 0) {
        items.push({
          kind: "event",
          event: this.#event === "" ? "message" : this.#event,
          data: this.#data.join("\n"),
          ...(this.#id === undefined ? {} : { id: this.#id }),
          lastEventId: this.#lastEventId,
        });
      }
    }
    this.#skipping = false;
    this.#eventBytes = 0;
    this.#event = "";
    this.#data = [];
    this.#id = undefined;
  }
}
