import type { Socket } from "node:net";

/** Makes ready a socket that is a stream's own. The handlers are the same for all, as there are thousands of sockets. */
export function ownSocket(socket: Socket): void {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.on("error", ignore);
  socket.on("end", endToo);
}

/** A broken connection is no error of ours; it is closed by itself. */
const ignore = () => undefined;

/** Left half open, it would stay until something is written to it. */
function endToo(this: Socket): void {
  this.end();
}
