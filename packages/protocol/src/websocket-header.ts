import { MAX_CONTROL_PAYLOAD, websocketOpcodes } from "./websocket.ts";

/** Longest header: 2 bytes, 8 of length, 4 of mask. */
const MAX_HEADER = 14;

const NOT_SHORTEST = "A frame's length is not in its shortest form";

/** Reads the header of a frame (RFC 6455 section 5.2) from chunks cut anywhere, and again the next one. */
export class FrameHeader {
  readonly #masked: boolean;
  readonly #bytes = new Uint8Array(MAX_HEADER);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** The header is read; the fields below tell what it says. */
  whole = false;
  /** What is wrong with it; checked as early as can be, so that nobody waits for the rest of a header that is wrong already. */
  problem: string | undefined;
  opcode = 0;
  fin = false;
  payloadLength = 0;
  /** The masking key, if the frame is masked. */
  readonly key = new Uint8Array(4);

  /** @param masked Whether frames must be masked; if not, they must not. */
  constructor(masked: boolean) {
    this.#masked = masked;
  }

  get isControl(): boolean {
    return this.opcode >= websocketOpcodes.close;
  }

  /** Some of it has come, and the frame that it belongs to is not whole yet. */
  get begun(): boolean {
    return this.#length > 0;
  }

  /** Makes ready for the next frame's header. */
  next(): void {
    this.whole = false;
    this.#length = 0;
  }

  /**
   * Takes bytes until the header is whole or wrong.
   * @param inMessage A fragmented message has begun and not ended.
   * @returns How far the chunk was read.
   */
  read(chunk: Uint8Array, start: number, inMessage: boolean): number {
    let at = start;
    while (at < chunk.length && !this.whole && this.problem === undefined) {
      this.#bytes[this.#length++] = chunk[at++] ?? 0;
      if (this.#length === 1) this.problem = this.#readOpcode(inMessage);
      else if (this.#length === 2) this.problem = this.#checkSize();
      if (this.#length >= 2 && this.#length === this.#expected() && this.problem === undefined) {
        this.problem = this.#readLength();
        this.whole = this.problem === undefined;
      }
    }
    return at;
  }

  #readOpcode(inMessage: boolean): string | undefined {
    const byte = this.#view.getUint8(0);
    this.fin = byte >= 0x80;
    this.opcode = byte & 0x0f;
    if ((byte & 0x70) !== 0) return "A reserved bit is set, and no extension was agreed on";
    switch (this.opcode) {
      case websocketOpcodes.continuation:
        return inMessage ? undefined : "A continuation frame continues no message";
      case websocketOpcodes.text:
      case websocketOpcodes.binary:
        return inMessage ? "A message begins before the last one has ended" : undefined;
      case websocketOpcodes.close:
      case websocketOpcodes.ping:
      case websocketOpcodes.pong:
        return this.fin ? undefined : "A control frame is fragmented";
      default:
        return "A frame has a reserved opcode";
    }
  }

  #checkSize(): string | undefined {
    const byte = this.#view.getUint8(1);
    if (byte >= 0x80 && !this.#masked) return "A server's frame is masked";
    if (byte < 0x80 && this.#masked) return "A client's frame is not masked";
    if (this.isControl && (byte & 0x7f) > MAX_CONTROL_PAYLOAD) return "A control frame is longer than 125 bytes";
    return undefined;
  }

  #expected(): number {
    const size = this.#view.getUint8(1) & 0x7f;
    return 2 + (size === 127 ? 8 : size === 126 ? 2 : 0) + (this.#masked ? 4 : 0);
  }

  #readLength(): string | undefined {
    const size = this.#view.getUint8(1) & 0x7f;
    if (size === 127) {
      const length = this.#view.getBigUint64(2);
      if (length < 0x10000n) return NOT_SHORTEST;
      if (length >= 1n << 63n) return "A frame's length is negative";
      // Rounded beyond 2^53, where it is past every limit anyway.
      this.payloadLength = Number(length);
    } else if (size === 126) {
      this.payloadLength = this.#view.getUint16(2);
      if (this.payloadLength < 126) return NOT_SHORTEST;
    } else this.payloadLength = size;
    if (this.#masked) this.key.set(this.#bytes.subarray(this.#length - 4, this.#length));
    return undefined;
  }
}
