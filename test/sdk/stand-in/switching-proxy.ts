import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and servers that come and go: one address, whichever server it leads to. It cuts connections anywhere. */
export interface SwitchingProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that are open now. */
  readonly open: number;
  /** Where connections lead from now on; undefined: they are refused. */
  target: number | undefined;
  /** Cuts the next connection, or the open ones, after so many more bytes of answers. */
  cutAfter(bytes: number): void;
  /** Cuts the open connections. */
  cut(): void;
}

export async function startSwitchingProxy(target?: number): Promise<SwitchingProxy> {
  const clients = new Set<{ readonly socket: Socket; left: number }>();
  let nextLeft = Number.POSITIVE_INFINITY;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (proxy.target === undefined) {
      socket.destroy();
      return;
    }
    const client = { socket, left: nextLeft };
    nextLeft = Number.POSITIVE_INFINITY;
    clients.add(client);
    const upstream = connect(proxy.target, "127.0.0.1");
    upstream.on("error", () => socket.destroy());
    upstream.on("close", () => socket.destroy());
    socket.on("close", () => {
      clients.delete(client);
      upstream.destroy();
    });
    socket.pipe(upstream);
    upstream.on("data", (bytes: Buffer) => {
      socket.write(bytes.subarray(0, Math.min(bytes.length, client.left)));
      client.left -= bytes.length;
      if (client.left <= 0) socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: SwitchingProxy = {
    url: `http://127.0.0.1:${port}`,
    target,
    get open() {
      return clients.size;
    },
    cutAfter(bytes) {
      if (clients.size === 0) nextLeft = bytes;
      for (const client of clients) client.left = Math.min(client.left, bytes);
    },
    cut() {
      for (const { socket } of clients) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of clients) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
