import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { PlayServer } from "./play-server.ts";

test("a server that was restarted with another token is asked with that one", async () => {
  let token = "before";
  const server = createServer(({ headers }, response) => {
    response.statusCode = headers["x-plex-token"] === token ? 200 : 401;
    response.end(`<MediaContainer size="0" state="${headers["x-plex-token"]}"/>`);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    let found: { url: string; token: string } | undefined = { url, token };
    const player = new PlayServer(found, () => found, {});
    expect((await player.get("/")).state).toBe("before");
    // While it is away nobody knows where it is.
    found = undefined;
    expect((await player.get("/")).state).toBe("before");
    token = "after";
    await expect(player.get("/")).rejects.toThrow();
    found = { url, token };
    expect((await player.get("/")).state).toBe("after");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
