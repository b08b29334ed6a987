import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectSse, connectWebSocket } from "./testing/stream-client.ts";
import { startStreamServer, status, TestLog } from "./testing/stream-server.ts";

let log: TestLog;
beforeEach(() => {
  log = new TestLog();
});
afterEach(() => log.close());

// A request that is sent behind another on one connection gets its stream when that is answered: later than it was let in.
describe.each([
  ["SSE", connectSse()],
  ["WebSocket", connectWebSocket("/:/websockets/notifications")],
])("a stream over %s that was let in before something changed", (_wire, connect) => {
  test("ends before it is told anything, if its token was revoked meanwhile", async () => {
    await using server = await startStreamServer(log.log, { current: () => undefined });
    await log.append([status("a")]);
    const client = await connect({ port: server.port, since: "earliest" });
    await client.when(() => client.end !== undefined, "the end");
    expect(client.received).toEqual([]);
    expect(server.hub.stats().streams).toEqual({ sse: 0, websocket: 0, lines: 0 });
  });

  test("is told what its account may see by now", async () => {
    await using server = await startStreamServer(log.log, {
      current: (viewer) => ({ ...viewer, sections: new Set([2]) }),
    });
    await log.append([
      status("in 1"),
      status("in 2", { kind: "section", sectionId: 2 }),
      status("its own", { kind: "account", accountId: 2 }),
    ]);
    const client = await connect({ port: server.port, token: "guest", since: "earliest" });
    await client.when(() => client.texts.includes("its own"), "its own");
    expect(client.texts).toEqual(["in 2", "its own"]);
    client.cut();
  });
});
