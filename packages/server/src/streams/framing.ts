/**
 * What stands around the bytes of one write. A group frames its joined bytes once, so subscribers that share a group
 * share the framing too.
 */
export interface Framing {
  readonly key: "chunked" | "plain";
  join(pieces: readonly Uint8Array[]): Buffer;
}

const LINE_END = Buffer.from("\r\n");

/** The bytes as they are: WebSocket frames, and HTTP/1.0, where the end of the connection ends the body. */
export const plain: Framing = {
  key: "plain",
  join(pieces) {
    const [first] = pieces;
    // A Buffer goes to a socket as it is; any other array would be wrapped anew for each subscriber.
    return pieces.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(pieces);
  },
};

/** One chunk of HTTP/1.1's chunked coding, which lets a stream end in a way that proxies and clients tell from a cut. */
export const chunked: Framing = {
  key: "chunked",
  join(pieces) {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    // An empty chunk would be the end of the stream.
    if (bytes === 0) return Buffer.alloc(0);
    return Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`), ...pieces, LINE_END]);
  },
};
