import { applyMask, isCloseCode, MAX_CONTROL_PAYLOAD, websocketOpcodes } from "./websocket.ts";
import { FrameHeader } from "./websocket-header.ts";

/** Why a connection has to be closed. */
export interface WebSocketProtocolError {
  /** What to send in the close frame. 1002: broken rules; 1007: text that is not UTF-8; 1009: larger than the limits. RFC 6455 section 7.4.1. */
  readonly closeCode: 1002 | 1007 | 1009;
  /** One sentence for a person; never contains what was received. */
  readonly message: string;
}

/** What a connection holds. Bytes may be views of the chunk that was pushed: copy them to keep them if the chunk's memory is used again. */
export type WebSocketItem =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly data: Uint8Array }
  /** To be answered with a pong that repeats `data`. */
  | { readonly kind: "ping"; readonly data: Uint8Array }
  | { readonly kind: "pong"; readonly data: Uint8Array }
  /** The last item. `code` is 1005 where the frame has none. To be answered with a close frame, if none was sent yet. */
  | { readonly kind: "close"; readonly code: number; readonly reason: string }
  /** The last item. To be answered with a close frame of `error.closeCode`, then the connection is dropped. */
  | { readonly kind: "error"; readonly error: WebSocketProtocolError };

/** Options of a reader. */
export interface WebSocketReaderOptions {
  /** Which side reads. A `server` gets masked frames only, a `client` none; anything else is an error. */
  readonly role: "client" | "server";
  /** Longest payload of one frame, bytes. Default: `maxMessageBytes`. */
  readonly maxFrameBytes?: number;
  /** Longest message, all its fragments together, bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number;
}

/** First allocation for a message that comes in pieces; what a header announces is not believed until it comes. */
const FIRST_CAPACITY = 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Reads frames from chunks cut anywhere and puts messages together again (RFC 6455 sections 5 and 8.1). No extension is known, so the reserved
 * bits must be zero. A frame that lies whole in one chunk is not copied unless it is masked; a message in many chunks is copied into memory
 * that doubles as it comes: time is linear in the bytes, and memory at most twice what has come of one message.
 *
 * Never throws on input. After a `close` or an `error` everything that follows is ignored.
 */
export class WebSocketReader {
  readonly #masked: boolean;
  readonly #maxFrameBytes: number;
  readonly #maxMessageBytes: number;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  #ended = false;
  #items: WebSocketItem[] = [];

  /** The frame that is being read, and how much of its payload has come. */
  readonly #frame: FrameHeader;
  #frameRead = 0;

  // The message that is being put together: its opcode (0: there is none) and payload.
  #messageOpcode = 0;
  #message = NO_BYTES;
  #messageLength = 0;

  /** The payload of a control frame that comes in pieces. */
  readonly #control = new Uint8Array(MAX_CONTROL_PAYLOAD);

  /** Bad limits are the caller's fault: @throws RangeError for one that is not a number of bytes. */
  constructor(options: WebSocketReaderOptions) {
    this.#masked = options.role === "server";
    this.#maxMessageBytes = options.maxMessageBytes ?? 16 * 1024 * 1024;
    this.#maxFrameBytes = Math.min(options.maxFrameBytes ?? this.#maxMessageBytes, this.#maxMessageBytes);
    if (!(this.#maxFrameBytes >= 0)) throw new RangeError("Limits of a WebSocket are numbers of bytes");
    this.#frame = new FrameHeader(this.#masked);
  }

  /** True after a `close` or an `error`: nothing will be reported any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** True where nothing has begun that is not whole: a reader in this state could as well be a new one. */
  get isBetweenMessages(): boolean {
    return !this.#ended && !this.#frame.begun && this.#messageOpcode === 0;
  }

  /** Takes the next bytes of the connection and returns what became complete with them, in order. */
  push(chunk: Uint8Array): WebSocketItem[] {
    let at = 0;
    while (!this.#ended && at < chunk.length) {
      if (this.#frame.whole) at = this.#readPayload(chunk, at);
      else {
        at = this.#frame.read(chunk, at, this.#messageOpcode !== 0);
        if (this.#frame.problem !== undefined) this.#fail(1002, this.#frame.problem);
        else if (this.#frame.whole) this.#beginFrame();
      }
    }
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #beginFrame(): void {
    const { isControl, payloadLength } = this.#frame;
    this.#frameRead = 0;
    if (!isControl && payloadLength > this.#maxFrameBytes) this.#fail(1009, "A frame is longer than the limit");
    else if (!isControl && payloadLength > this.#maxMessageBytes - this.#messageLength) {
      this.#fail(1009, "A message is longer than the limit");
    } else if (payloadLength === 0) this.#endFrame(NO_BYTES);
  }

  #readPayload(chunk: Uint8Array, at: number): number {
    const { isControl, payloadLength, fin } = this.#frame;
    const piece = chunk.subarray(at, at + payloadLength - this.#frameRead);
    if (piece.length === payloadLength && (isControl || (fin && this.#messageOpcode === 0))) {
      this.#endFrame(this.#masked ? this.#unmasked(piece) : piece);
    } else if (isControl) {
      this.#copy(piece, this.#control, this.#frameRead);
      if (this.#frameRead === payloadLength) this.#endFrame(this.#control.slice(0, payloadLength));
    } else {
      this.#reserve(piece.length);
      this.#copy(piece, this.#message, this.#messageLength);
      this.#messageLength += piece.length;
      if (this.#frameRead === payloadLength) this.#endFrame(NO_BYTES);
    }
    return at + piece.length;
  }

  #unmasked(piece: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(piece.length);
    applyMask(piece, this.#frame.key, 0, bytes, 0);
    return bytes;
  }

  #copy(piece: Uint8Array, target: Uint8Array, at: number): void {
    if (this.#masked) applyMask(piece, this.#frame.key, this.#frameRead, target, at);
    else target.set(piece, at);
    this.#frameRead += piece.length;
  }

  #reserve(more: number): void {
    const needed = this.#messageLength + more;
    if (needed <= this.#message.length) return;
    // Of a message that ends with this frame the length is known: no growing past it.
    const { fin, payloadLength } = this.#frame;
    const most = fin ? this.#messageLength + payloadLength - this.#frameRead : this.#maxMessageBytes;
    const grown = new Uint8Array(Math.max(needed, Math.min(most, Math.max(FIRST_CAPACITY, this.#message.length * 2))));
    grown.set(this.#message.subarray(0, this.#messageLength));
    this.#message = grown;
  }

  /** The frame is whole. `payload` is that of a control frame, or of a message that was not copied. */
  #endFrame(payload: Uint8Array): void {
    const { isControl, opcode, fin } = this.#frame;
    this.#frame.next();
    if (isControl) {
      if (opcode === websocketOpcodes.ping) this.#items.push({ kind: "ping", data: payload });
      else if (opcode === websocketOpcodes.pong) this.#items.push({ kind: "pong", data: payload });
      else this.#endClose(payload);
      return;
    }
    if (opcode !== websocketOpcodes.continuation) this.#messageOpcode = opcode;
    if (fin) this.#endMessage(this.#messageLength > 0 ? this.#message.subarray(0, this.#messageLength) : payload);
  }

  #endMessage(payload: Uint8Array): void {
    const isText = this.#messageOpcode === websocketOpcodes.text;
    this.#messageOpcode = 0;
    this.#messageLength = 0;
    this.#message = NO_BYTES;
    const text = isText ? this.#decode(payload) : undefined;
    if (text !== undefined) this.#items.push({ kind: "text", text });
    else if (isText) this.#fail(1007, "A text message is not UTF-8");
    else this.#items.push({ kind: "binary", data: payload });
  }

  #endClose(payload: Uint8Array): void {
    const code = payload.length < 2 ? 1005 : new DataView(payload.buffer, payload.byteOffset).getUint16(0);
    const reason = this.#decode(payload.subarray(2));
    if (payload.length === 1) this.#fail(1002, "A close frame has half a code");
    else if (payload.length > 1 && !isCloseCode(code))
      this.#fail(1002, "A close frame has a code that must not be sent");
    else if (reason === undefined) this.#fail(1007, "The reason of a close frame is not UTF-8");
    else this.#end({ kind: "close", code, reason });
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#utf8.decode(bytes);
    } catch {
      // The decoder is fatal: this is its way to say that the bytes are not UTF-8.
      return undefined;
    }
  }

  #fail(closeCode: WebSocketProtocolError["closeCode"], message: string): void {
    this.#end({ kind: "error", error: { closeCode, message } });
  }

  #end(item: WebSocketItem): void {
    this.#items.push(item);
    this.#ended = true;
    this.#message = NO_BYTES;
    this.#messageLength = 0;
  }
}
