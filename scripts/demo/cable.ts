import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What a client is connected to its server by: it can be pulled out, in the middle of whatever goes through it. */
export interface Cable extends AsyncDisposable {
  readonly url: string;
  /** Cuts what is connected, and lets nothing through. */
  unplug(): void;
  plug(): void;
}

export async function cable(serverPort: number): Promise<Cable> {
  let plugged = true;
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(serverPort, "127.0.0.1");
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    if (!plugged) return client.destroy();
    client.pipe(server).pipe(client);
    return;
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await once(listener.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    unplug() {
      plugged = false;
      cut();
    },
    plug() {
      plugged = true;
    },
    async [Symbol.asyncDispose]() {
      cut();
      listener.close();
      await once(listener, "close");
    },
  };
}
