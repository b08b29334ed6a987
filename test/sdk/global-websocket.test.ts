import { ConnectionError, InvalidRequestError, PlexAPI, SDKError } from "@reelay/sdk";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { until } from "../support/wait.ts";
import { listen } from "./stand-in/listen.ts";
import { playing } from "./stand-in/notifications.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";

/** As in Deno, Workers and browsers: no sockets, only the runtime's own WebSocket, which sends no headers, shows no PINGs and hides refusals. */
beforeEach(() => void vi.stubGlobal("Deno", {}));
afterEach(() => void vi.unstubAllGlobals());

test("says who it is by the query, and reads the same lines", async () => {
  await using server = await PlexStandIn.start();
  const plexAPI = new PlexAPI({ serverURL: server.url, token: server.token, product: "Ünïcode ✓" });
  const stream = await plexAPI.events.connectWebSocket(
    { filter: ["playing"] },
    { headers: { "X-Plex-Features": "none" } },
  );
  const [asked] = server.streamRequests;
  expect(asked?.headers["x-plex-token"]).toBeUndefined();
  expect(Object.fromEntries(asked?.query ?? [])).toEqual({
    filters: "playing",
    "X-Plex-Token": server.token,
    "X-Plex-Product": "Ünïcode ✓",
    "X-Plex-Features": "none",
  });
  server.send(playing(1));
  const { value } = await stream.getReader().read();
  expect(new TextDecoder().decode(value)).toMatch(/^\{"NotificationContainer":.*\}\n$/);
  await stream.close();
  await until(() => server.streamCount === 0, "the connection to end");
});

test("refuses headers that it cannot send", async () => {
  const { events } = new PlexAPI({ token: "t" });
  await expect(events.connectWebSocket({}, { headers: { Authorization: "Basic abc" } })).rejects.toThrow(
    InvalidRequestError,
  );
});

test("learns from the server's root why it was refused, and keeps the token to itself", async () => {
  await using server = await PlexStandIn.start();
  const { events } = new PlexAPI({ serverURL: server.url, token: "secret-token" });
  const error = await events.connectWebSocket({}).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(SDKError);
  if (!(error instanceof SDKError)) return;
  expect(error.statusCode).toBe(401);
  expect(error.rawResponse.url).toBe("");
  expect(`${error.stack} ${error.request.url}`).not.toContain("secret-token");
  await server.stop();
  const unreachable = await events.connectWebSocket({}).catch((error: unknown) => error);
  expect(unreachable).toBeInstanceOf(ConnectionError);
  expect(String(unreachable)).not.toContain("secret-token");
});

test("keeps what comes before it is read, in order", async () => {
  await using server = await PlexStandIn.start();
  const stream = await new PlexAPI({ serverURL: server.url, token: server.token }).events.connectWebSocket({});
  for (let number = 0; number < 5_000; number++) server.send(playing(number));
  let next = 0;
  for await (const event of stream.events()) {
    expect(event).toMatchObject({ entry: { viewOffset: next } });
    if (++next === 5_000) break;
  }
});

test("a quiet server that is there is asked, and kept", async () => {
  await using server = await PlexStandIn.start();
  await using listening = listen(server, { transport: "websocket" });
  await listening.subscription.ready();
  await until(() => server.asked.filter(({ path }) => path === "/identity").length >= 3, "three questions");
  expect(server.streamRequests).toHaveLength(1);
  expect(
    server.asked.some(
      ({ path, query, headers }) => path === "/identity" && (query.size > 0 || headers["x-plex-token"]),
    ),
  ).toBe(false);
});

test("a server that is gone is noticed, and found again", async () => {
  await using server = await PlexStandIn.start();
  await using listening = listen(server, { transport: "websocket" });
  await listening.subscription.ready();
  await server.stop();
  await until(() => listening.states.some(({ state }) => state === "waiting"), "the loss");
  await server.start();
  await until(() => server.streamCount === 1, "the connection");
  await until(() => listening.events.length === 1, "the gap");
  server.send(playing(1));
  await until(() => listening.events.length === 2, "the event");
  expect(listening.events).toMatchObject([{ reason: "reconnect" }, { type: "playing" }]);
});

test("auto takes the event stream, whose pings are seen", async () => {
  await using server = await PlexStandIn.start();
  await using listening = listen(server);
  await listening.subscription.ready();
  expect(listening.states.at(-1)).toMatchObject({ transport: "eventsource" });
});

test("auto takes the WebSocket on a page", async () => {
  vi.stubGlobal("document", {});
  await using server = await PlexStandIn.start();
  await using listening = listen(server);
  await listening.subscription.ready();
  expect(listening.states.at(-1)).toMatchObject({ transport: "websocket" });
});
