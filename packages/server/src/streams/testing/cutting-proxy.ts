import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and the server and cuts the connection after so many bytes of the answer, in the middle of whatever it is. */
export async function startCuttingProxy(
  port: number,
): Promise<{ readonly port: number; cutNextAfter(bytes: number): void } & AsyncDisposable> {
  let allowed = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    let left = allowed;
    allowed = Number.POSITIVE_INFINITY;
    const server = connect(port, "127.0.0.1");
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        sockets.delete(socket);
        // What was passed on must still arrive: only a cut is abrupt.
        if (socket === server) client.end();
        else server.destroy();
      });
    }
    client.pipe(server);
    server.on("data", (bytes: Buffer) => {
      if (bytes.length < left) {
        left -= bytes.length;
        client.write(bytes);
      } else {
        client.write(bytes.subarray(0, left), cut);
        left = 0;
      }
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    cutNextAfter(bytes) {
      allowed = bytes;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
