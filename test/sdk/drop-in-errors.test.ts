import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { inspect } from "node:util";
import {
  ConnectionError,
  InvalidRequestError,
  PlexAPI,
  RequestAbortedError,
  RequestTimeoutError,
  ResponseValidationError,
  SDKError,
  SDKValidationError,
  UnexpectedClientError,
} from "@reelay/sdk";
import { expect, test } from "vitest";
import { lastingPort } from "../support/lasting-port.ts";
import { expectNoUnhandledRejections } from "../support/unhandled-rejections.ts";
import { until } from "../support/wait.ts";
import { playing } from "./stand-in/notifications.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";

const calls = ["getNotifications", "connectWebSocket"] as const;

expectNoUnhandledRejections();

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it succeeded"),
    (error: unknown) => error,
  );
}

test.each(calls)("%s: any 4XX and 5XX is an SDKError with all that was answered", async (call) => {
  await using server = await PlexStandIn.start();
  for (const status of [400, 401, 403, 429, 500, 503]) {
    server.refuse = () => ({
      status,
      headers: { "content-type": "text/plain", "x-why": "because" },
      body: "no secret-token here",
    });
    const error = await failure(new PlexAPI({ serverURL: server.url, token: "secret-token" }).events[call]({}));
    expect(error).toBeInstanceOf(SDKError);
    if (!(error instanceof SDKError)) return;
    expect(error).toMatchObject({ name: "SDKError", statusCode: status, contentType: "text/plain", body: "no … here" });
    expect(error.headers.get("x-why")).toBe("because");
    expect(await error.rawResponse.text()).toBe("no … here");
    expect(`${error.message} ${error.stack} ${inspect(error, { depth: 5 })}`).not.toContain("secret-token");
    if (status === 401) expect(error.message).toMatch(/Give a valid token as `token`\.$/);
  }
});

test.each(calls)("%s: 404 says what to look at, after both paths were tried", async (call) => {
  await using server = await PlexStandIn.start();
  server.refuse = ({ path }) => (path === "/:/websocket/notifications" ? undefined : { status: 404 });
  const { events } = new PlexAPI({ serverURL: server.url, token: server.token });
  if (call === "connectWebSocket") {
    await (await events.connectWebSocket({})).close();
    expect(server.asked.map(({ path }) => path)).toEqual(["/:/websockets/notifications", "/:/websocket/notifications"]);
    server.refuse = () => ({ status: 404 });
  }
  await expect(events[call]({})).rejects.toThrow(/Is this a media server\? Correct `serverURL`\.$/);
});

test.each(calls)("%s: an answer that is no stream is a ResponseValidationError", async (call) => {
  await using server = await PlexStandIn.start();
  const { events } = new PlexAPI({ serverURL: server.url, token: server.token });
  server.refuse = () => ({ status: 200, headers: { "content-type": "text/html" }, body: "<html>Welcome</html>" });
  expect(await failure(events[call]({}))).toBeInstanceOf(ResponseValidationError);
  server.refuse = () => ({ status: 204 });
  expect(await failure(events[call]({}))).toMatchObject({ name: "ResponseValidationError", statusCode: 204 });
});

test.each(calls)("%s does not take the token to where it is redirected", async (call) => {
  await using elsewhere = await PlexStandIn.start();
  await using server = await PlexStandIn.start();
  server.refuse = () => ({ status: 302, headers: { location: `${elsewhere.url}/there?X-Plex-Token=abc` } });
  const error = await failure(new PlexAPI({ serverURL: server.url, token: "t" }).events[call]({}));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(String(error)).toContain(`redirects to ${elsewhere.url},`);
  expect(elsewhere.asked).toEqual([]);
});

test.each(calls)("%s: missing and ill-typed requests are refused before anything is sent", async (call) => {
  await using server = await PlexStandIn.start();
  const events = new PlexAPI({ serverURL: server.url, token: server.token }).events as unknown as Record<
    string,
    (request?: unknown) => Promise<unknown>
  >;
  for (const request of [
    undefined,
    null,
    [],
    "playing",
    { filter: "playing" },
    { filter: [1] },
    { product: 7 },
    { accepts: "text/css" },
  ])
    expect(await failure(events[call]?.(request) ?? Promise.resolve())).toBeInstanceOf(SDKValidationError);
  expect(server.asked).toEqual([]);
});

test.each(calls)("%s: nothing there, no name, no TLS: a ConnectionError that says what to do", async (call) => {
  const port = await lastingPort();
  await using server = await PlexStandIn.start();
  const cases = [
    [`http://127.0.0.1:${port}`, /Nothing listens there: start the server/],
    ["http://no-such-host.invalid:32400", /name is not known/],
    [`https://127.0.0.1:${server.port}`, /does not speak TLS/],
  ] as const;
  for (const [serverURL, remedy] of cases) {
    const error = await failure(new PlexAPI({ serverURL, token: "secret-token" }).events[call]({}));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty("cause");
    expect(String(error)).toMatch(remedy);
    expect(inspect(error)).not.toContain("secret-token");
  }
});

test.each(calls)("%s: timeoutMs is for the head of the answer, and cuts no stream", async (call) => {
  const silent = createTcpServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const { events } = new PlexAPI({ host: "127.0.0.1", port, token: "t" });
  expect(await failure(events[call]({}, { timeoutMs: 50 }))).toBeInstanceOf(RequestTimeoutError);
  silent.close();

  await using server = await PlexStandIn.start();
  const { stream, timeoutMs } = await openWithin(server, call);
  await new Promise((resolve) => setTimeout(resolve, 2 * timeoutMs));
  server.send(playing(1));
  expect((await stream.events().next()).value).toMatchObject({ type: "playing" });
  await stream.close();
});

/** As short a time as this machine can open a stream in just now. */
async function openWithin(server: PlexStandIn, call: (typeof calls)[number], timeoutMs = 100) {
  const { events } = new PlexAPI({ serverURL: server.url, token: server.token, timeoutMs });
  try {
    return { stream: await events[call]({}), timeoutMs };
  } catch (error) {
    if (!(error instanceof RequestTimeoutError)) throw error;
    return openWithin(server, call, timeoutMs * 4);
  }
}

test.each(calls)("%s: the caller's signal ends the call and the stream", async (call) => {
  await using server = await PlexStandIn.start();
  const { events } = new PlexAPI({ serverURL: server.url, token: server.token });
  expect(await failure(events[call]({}, { signal: AbortSignal.abort() }))).toBeInstanceOf(RequestAbortedError);
  expect(server.asked).toEqual([]);

  const stop = new AbortController();
  const stream = await events[call]({}, { fetchOptions: { signal: stop.signal } });
  const read = failure(stream.getReader().read());
  stop.abort();
  expect(await read).toBeInstanceOf(RequestAbortedError);
  expect(await failure(stream.closed)).toBeInstanceOf(RequestAbortedError);
  await until(() => server.streamCount === 0, "the connection to end");
});

test.each(calls)("%s: a connection that is lost later is a ConnectionError of the stream", async (call) => {
  await using server = await PlexStandIn.start();
  const stream = await new PlexAPI({ serverURL: server.url, token: server.token }).events[call]({});
  const read = failure(stream.events().next());
  server.cut();
  expect(await read).toBeInstanceOf(ConnectionError);
});

test.each(calls)("%s retries as it is told, and no more", async (call) => {
  await using server = await PlexStandIn.start();
  let refusals = 2;
  server.refuse = () => (refusals-- > 0 ? { status: 503, headers: { "retry-after": "0" } } : undefined);
  const backoff = { initialInterval: 1, maxInterval: 5, exponent: 1.5, maxElapsedTime: 10_000 };
  const { events } = new PlexAPI({
    serverURL: server.url,
    token: server.token,
    retryConfig: { strategy: "backoff", backoff },
  });
  await (await events[call]({})).close();
  expect(server.asked).toHaveLength(3);

  refusals = 1;
  expect(await failure(events[call]({}, { retries: { strategy: "none" } }))).toMatchObject({ statusCode: 503 });
  refusals = 1;
  expect(await failure(events[call]({}, { retryCodes: ["500"] }))).toMatchObject({ statusCode: 503 });
  refusals = 1;
  await (await events[call]({}, { retryCodes: ["5XX"] })).close();
});

test.each(calls)("%s: a token function that fails, a header that cannot be, an address that is none", async (call) => {
  const refusing = new PlexAPI({ token: () => Promise.reject(new Error("no")) });
  expect(await failure(refusing.events[call]({}))).toBeInstanceOf(UnexpectedClientError);
  const { events } = new PlexAPI();
  expect(await failure(events[call]({}, { headers: { "bad name": "1" } }))).toBeInstanceOf(InvalidRequestError);
  expect(await failure(events[call]({}, { serverURL: "nowhere" }))).toBeInstanceOf(InvalidRequestError);
  expect(() => new PlexAPI({ serverURL: "ftp://host" })).toThrow(/http/);
});

test.each(calls)("%s: the debug logger is not told the token", async (call) => {
  await using server = await PlexStandIn.start();
  const lines: unknown[] = [];
  const debugLogger = {
    group: (line?: string) => lines.push(line),
    groupEnd: () => undefined,
    log: (line: unknown) => lines.push(line),
  };
  const plexAPI = new PlexAPI({ serverURL: server.url, token: server.token, product: "Shown", debugLogger });
  await (await plexAPI.events[call]({})).close();
  const log = lines.join("\n");
  expect(log).toContain("Shown");
  expect(log).not.toContain(server.token);
  expect(inspect(plexAPI, { depth: 9 })).not.toContain(server.token);
});
