import { type AddressInfo, createServer } from "node:net";

/**
 * A receiver that does as little as one can: reads requests by their Content-Length, answers 200, and tells when a request's
 * first byte came, if it is asked to. A process of its own, so that what it costs is not the sender's.
 */
const OK = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
const LENGTH = /\r\ncontent-length: (\d+)/i;
let telling = false;

const server = createServer((socket) => {
  /** Bytes that are still to come of the request that has begun. */
  let left = 0;
  let head: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const taken = Math.min(left, rest.length);
        left -= taken;
        rest = rest.subarray(taken);
        if (left === 0) socket.write(OK);
        continue;
      }
      if (head.length === 0 && telling) process.send?.(process.hrtime.bigint().toString());
      head = head.length === 0 ? rest : Buffer.concat([head, rest]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      left = Number(LENGTH.exec(head.toString("latin1", 0, end))?.[1] ?? 0);
      rest = head.subarray(end + 4);
      head = Buffer.alloc(0);
      if (left === 0) socket.write(OK);
    }
  });
});

process.on("message", (message) => {
  telling = message === "tell";
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
