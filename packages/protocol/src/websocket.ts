/**
 * Frames of a WebSocket server (RFC 6455 section 5): never masked, never fragmented, since clients such as Tautulli parse each frame on its own.
 * A frame is built once and written to any number of sockets.
 */

const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** RFC 6455 section 5.5: the payload of a control frame. */
const MAX_CONTROL_PAYLOAD = 125;

const utf8 = new TextEncoder();

/** A text frame. A string is encoded; lone surrogates in it become U+FFFD. Bytes must be UTF-8 and are taken as they are. */
export function encodeTextFrame(text: string | Uint8Array): Uint8Array {
  return frame(OPCODE.text, typeof text === "string" ? utf8.encode(text) : text);
}

/**
 * A ping.
 * @param payload What the pong will repeat, up to 125 bytes; empty by default.
 * @throws RangeError if the payload is longer.
 */
export function encodePingFrame(payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  return controlFrame(OPCODE.ping, payload);
}

/**
 * The answer to a ping.
 * @param payload The ping's payload.
 * @throws RangeError if the payload is longer than 125 bytes.
 */
export function encodePongFrame(payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  return controlFrame(OPCODE.pong, payload);
}

/**
 * A close frame.
 * @param code 1000, 1001, 1008, 1011, 1013 … or 3000 to 4999.
 * @param reason Text for people, cut to 123 bytes between two characters.
 * @throws RangeError for a code that must not be sent (RFC 6455 section 7.4).
 */
export function encodeCloseFrame(code: number, reason = ""): Uint8Array {
  if (!isSendableCloseCode(code)) throw new RangeError(`${code} is not a close code that can be sent`);
  const payload = new Uint8Array(MAX_CONTROL_PAYLOAD);
  new DataView(payload.buffer).setUint16(0, code);
  // encodeInto writes only whole characters.
  const { written } = utf8.encodeInto(reason, payload.subarray(2));
  return controlFrame(OPCODE.close, payload.subarray(0, 2 + written));
}

function isSendableCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000 && code <= 4999) return true;
  // 1004 is reserved; 1005, 1006 and 1015 only ever stand for the absence of a code.
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

function controlFrame(opcode: number, payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_CONTROL_PAYLOAD) throw new RangeError("A control frame carries at most 125 bytes");
  return frame(opcode, payload);
}

function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const header = length < 126 ? 2 : length < 0x10000 ? 4 : 10;
  const bytes = new Uint8Array(header + length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80 | opcode);
  if (header === 2) view.setUint8(1, length);
  else if (header === 4) {
    view.setUint8(1, 126);
    view.setUint16(2, length);
  } else {
    view.setUint8(1, 127);
    view.setBigUint64(2, BigInt(length));
  }
  bytes.set(payload, header);
  return bytes;
}
