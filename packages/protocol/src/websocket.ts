/**
 * Frames of a WebSocket (RFC 6455 section 5), written for either side. A server's frames are not masked: built once, written to any number of
 * sockets. A client's are, each with its own key from a random source that the caller passes.
 *
 * The short forms never fragment, since clients such as Tautulli parse each frame on its own; `encodeFrame` can.
 */

/** RFC 6455 section 5.2. Opcodes 3 to 7 and 11 to 15 are reserved. */
export const websocketOpcodes = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** The name of a kind of frame. */
export type WebSocketOpcode = keyof typeof websocketOpcodes;

/**
 * Fills the bytes with random values, as `(bytes) => crypto.getRandomValues(bytes)` does. RFC 6455 section 5.3: keys must not be predictable,
 * so that no page can choose the bytes that pass through an intermediary.
 */
export type RandomSource = (bytes: Uint8Array<ArrayBuffer>) => unknown;

/** How a frame is written. */
export interface FrameOptions {
  /** Masks the frame, as a client must and a server must not. Default: not masked. */
  readonly random?: RandomSource;
}

/** RFC 6455 section 5.5: the payload of a control frame. */
export const MAX_CONTROL_PAYLOAD = 125;

const utf8 = new TextEncoder();

/** A text frame. A string is encoded; lone surrogates in it become U+FFFD. Bytes must be UTF-8 and are taken as they are. */
export function encodeTextFrame(text: string | Uint8Array, options?: FrameOptions): Uint8Array {
  return frame(websocketOpcodes.text, typeof text === "string" ? utf8.encode(text) : text, true, options);
}

/** A binary frame. */
export function encodeBinaryFrame(payload: Uint8Array, options?: FrameOptions): Uint8Array {
  return frame(websocketOpcodes.binary, payload, true, options);
}

/**
 * A ping.
 * @param payload What the pong will repeat, up to 125 bytes; empty by default.
 * @throws RangeError if the payload is longer.
 */
export function encodePingFrame(payload: Uint8Array = new Uint8Array(0), options?: FrameOptions): Uint8Array {
  return encodeFrame("ping", payload, options);
}

/**
 * The answer to a ping.
 * @param payload The ping's payload.
 * @throws RangeError if the payload is longer than 125 bytes.
 */
export function encodePongFrame(payload: Uint8Array = new Uint8Array(0), options?: FrameOptions): Uint8Array {
  return encodeFrame("pong", payload, options);
}

/**
 * A close frame.
 * @param code 1000, 1001, 1008, 1011, 1013 … or 3000 to 4999.
 * @param reason Text for people, cut to 123 bytes between two characters.
 * @throws RangeError for a code that must not be sent (RFC 6455 section 7.4).
 */
export function encodeCloseFrame(code: number, reason = "", options?: FrameOptions): Uint8Array {
  if (!isCloseCode(code)) throw new RangeError(`${code} is not a close code that can be sent`);
  const payload = new Uint8Array(MAX_CONTROL_PAYLOAD);
  new DataView(payload.buffer).setUint16(0, code);
  // encodeInto writes only whole characters.
  const { written } = utf8.encodeInto(reason, payload.subarray(2));
  return encodeFrame("close", payload.subarray(0, 2 + written), options);
}

/**
 * Any frame. Whoever fragments a message writes its first frame with `fin: false`, then `continuation` frames, the last with `fin: true`.
 * @param payload For `close` nothing, or a code and a reason: `encodeCloseFrame` puts them together.
 * @param options.fin The frame ends its message. Default true.
 * @throws RangeError for a control frame that is fragmented or longer than 125 bytes.
 */
export function encodeFrame(
  opcode: WebSocketOpcode,
  payload: Uint8Array,
  options: FrameOptions & { readonly fin?: boolean } = {},
): Uint8Array {
  const code = websocketOpcodes[opcode];
  const fin = options.fin ?? true;
  if (code >= websocketOpcodes.close) {
    if (payload.length > MAX_CONTROL_PAYLOAD) throw new RangeError("A control frame carries at most 125 bytes");
    if (!fin) throw new RangeError("A control frame cannot be fragmented");
  }
  return frame(code, payload, fin, options);
}

/** True for a code that a close frame may carry (RFC 6455 section 7.4 and the IANA registry). */
export function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000 && code <= 4999) return true;
  // 1004 is reserved; 1005, 1006 and 1015 only ever stand for the absence of a code.
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

function frame(opcode: number, payload: Uint8Array, fin: boolean, options: FrameOptions = {}): Uint8Array {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const header = 2 + lengthBytes + (options.random ? 4 : 0);
  const bytes = new Uint8Array(header + length);
  const view = new DataView(bytes.buffer);
  const masked = options.random ? 0x80 : 0;
  view.setUint8(0, (fin ? 0x80 : 0) | opcode);
  if (lengthBytes === 0) view.setUint8(1, masked | length);
  else if (lengthBytes === 2) {
    view.setUint8(1, masked | 126);
    view.setUint16(2, length);
  } else {
    view.setUint8(1, masked | 127);
    view.setBigUint64(2, BigInt(length));
  }
  if (options.random) {
    const key = bytes.subarray(header - 4, header);
    options.random(key);
    applyMask(payload, key, 0, bytes, header);
  } else bytes.set(payload, header);
  return bytes;
}

/**
 * Masks or unmasks (RFC 6455 section 5.3: the same operation) all of `source` into `target` at `at`.
 * @param phase How many bytes of the frame's payload came before `source`.
 */
export function applyMask(source: Uint8Array, key: Uint8Array, phase: number, target: Uint8Array, at: number): void {
  for (let index = 0; index < source.length; index++) {
    target[at + index] = (source[index] ?? 0) ^ (key[(phase + index) & 3] ?? 0);
  }
}
