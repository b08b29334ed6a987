/** Clients that nobody here wrote, each used as its own documentation says, behind the one interface of the tests. */
import { spawn } from "node:child_process";
import { AlertListener, PlexServer } from "@ctrl/plex";
import { PlexAPI } from "@lukehagar/plexjs";
import { EventSource } from "eventsource";
import { WebSocket } from "ws";
import { type Listen, Listener, type ListenOptions } from "./listener.ts";
import { eventReader, toldByDocument, toldByEvent } from "./told.ts";
import { until } from "./wait.ts";

const SSE = "/:/eventsource/notifications";

/** The types for which an EventSource is listened to: it has no way to hear all. */
const eventTypes = ["timeline", "activity", "status", "progress", "preference", "account", "playing", "reelay.gap"];

/** `curl -N`, the token in its header. */
export const curl: Listen = async ({ url, token, since, filters }) => {
  const headers = [`X-Plex-Token: ${token}`, ...(since === undefined ? [] : [`Last-Event-ID: ${since}`])];
  const child = spawn(
    "curl",
    ["-N", "-s", "--show-error", "--fail", ...headers.flatMap((header) => ["-H", header]), address(url, SSE, filters)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const listener = new Listener(() => child.kill("SIGKILL"));
  const reader = eventReader(intoListener(listener));
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => reader.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  child.on("close", (code, signal) => {
    listener.ended = signal ?? `exit ${code}`;
  });
  await until(
    () => {
      if (listener.ended !== undefined) throw new Error(`curl: ${listener.ended} ${complaint}`);
      return listener.heartbeats > 0;
    },
    () => `the first ping; curl: ${complaint}`,
  );
  return listener;
};

/** `ws`, the token in the query. */
export const ws: Listen = (options) => {
  const socket = new WebSocket(
    address(options.url.replace("http", "ws"), "/:/websockets/notifications", queryOf(options, "token")),
  );
  const { promise, resolve, reject } = Promise.withResolvers<Listener>();
  const listener = new Listener(() => socket.terminate());
  socket.on("message", (data, isBinary) => {
    if (isBinary) throw new Error("a binary frame");
    listener.take(toldByDocument(String(data)));
  });
  socket.on("ping", () => listener.heartbeat());
  socket.on("close", (code) => {
    listener.ended = `close ${code}`;
  });
  socket.on("error", reject);
  socket.on("open", () => resolve(listener));
  return promise;
};

/** Passes query parameters on to the notifications, which `PlexServer.url` takes but `AlertListener` has none for. */
class PlexServerWithQuery extends PlexServer {
  notificationQuery = new URLSearchParams();

  override url(key: string, includeToken?: boolean, params?: URLSearchParams): URL {
    return super.url(key, includeToken, key.startsWith("/:/websockets") ? this.notificationQuery : params);
  }
}

/** The notification listener of `@ctrl/plex`. */
export const ctrlPlex: Listen = async (options) => {
  const server = new PlexServerWithQuery(options.url, options.token);
  server.notificationQuery = new URLSearchParams(queryOf(options));
  await server.connect();
  // What it hands over is the inside of the document, already parsed.
  const alerts = new AlertListener(server, (container) =>
    listener.take(toldByDocument(JSON.stringify({ NotificationContainer: container }))),
  );
  const listener = new Listener(() => alerts._ws?.terminate());
  const opened = alerts.run();
  alerts._ws?.on("ping", () => listener.heartbeat());
  alerts._ws?.on("close", (code: number) => {
    listener.ended = `close ${code}`;
  });
  await opened;
  return listener;
};

/** `eventsource`, the token in the query, as browsers must. It reconnects by itself, for as long as it is not cut. */
export const eventSource: Listen = (options) => {
  const source = new EventSource(address(options.url, SSE, queryOf(options, "token")));
  const { promise, resolve, reject } = Promise.withResolvers<Listener>();
  const listener = new Listener(() => {
    source.close();
    listener.ended = "closed";
  });
  const take = intoListener(listener);
  for (const type of ["ping", ...eventTypes]) {
    source.addEventListener(type, (event) => take(type, String(event.data), event.lastEventId));
  }
  source.addEventListener("message", () => reject(new Error("an event without a name")));
  source.addEventListener("open", () => resolve(listener));
  source.addEventListener("error", (error) => {
    if (source.readyState !== source.CLOSED) return;
    listener.ended = `closed after ${error.code}`;
    reject(new Error(listener.ended));
  });
  return promise;
};

function plexApi({ url, token }: ListenOptions): PlexAPI {
  return new PlexAPI({
    serverURL: url,
    token,
    clientIdentifier: "reelay-test",
    product: "Reelay's tests",
    version: "1.0",
    platform: "Node.js",
    device: "computer",
    deviceName: "a test",
  });
}

/** The two event calls of plexjs, which hand over the bytes of an answer and leave the rest to the caller. */
export const plexjsEventSource: Listen = async (options) => {
  const { responseStream } = await plexApi(options).events.getNotifications({ filter: filterList(options) });
  return readStream(responseStream, (listener) => eventReader(intoListener(listener)));
};

export const plexjsWebSocket: Listen = async (options) => {
  const { responseStream } = await plexApi(options).events.connectWebSocket({ filter: filterList(options) });
  return readStream(responseStream, (listener) => lineReader((line) => listener.take(toldByDocument(line))));
};

/** All that speak for themselves; each is held to the same sequence of notifications. */
export const thirdParties: Readonly<Record<string, Listen>> = {
  "curl -N": curl,
  ws,
  "@ctrl/plex": ctrlPlex,
  eventsource: eventSource,
  "plexjs getNotifications": plexjsEventSource,
  "plexjs connectWebSocket": plexjsWebSocket,
};

function readStream(
  stream: ReadableStream<Uint8Array> | undefined,
  readerFor: (listener: Listener) => { push(text: string): void },
): Listener {
  if (stream === undefined) throw new Error("plexjs hands over no stream");
  const source = stream.getReader();
  const listener = new Listener(() => {
    source.cancel().catch(() => undefined); // Of a stream that has failed: `ended` tells.
  });
  const reader = readerFor(listener);
  const decoder = new TextDecoder();
  void (async () => {
    try {
      for (;;) {
        const { done, value } = await source.read();
        if (done) break;
        reader.push(decoder.decode(value, { stream: true }));
      }
      listener.ended = "done";
    } catch (error) {
      listener.ended = String(error);
    }
  })();
  return listener;
}

function lineReader(take: (line: string) => void): { push(text: string): void } {
  let rest = "";
  return {
    push(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") take(line);
    },
  };
}

function intoListener(listener: Listener): (type: string, data: string, id: string | undefined) => void {
  return (type, data, id) => {
    if (type === "ping") listener.heartbeat(id);
    else listener.take(toldByEvent(type, data, id));
  };
}

function filterList({ filters }: ListenOptions): string[] | undefined {
  return filters === undefined ? undefined : new URLSearchParams(filters).getAll("filter");
}

function queryOf({ token, since, filters, ids }: ListenOptions, withToken?: "token"): string {
  return [
    ...(withToken === undefined ? [] : [`X-Plex-Token=${encodeURIComponent(token)}`]),
    ...(ids === true ? ["ids=1"] : []),
    ...(since === undefined ? [] : [`lastEventId=${encodeURIComponent(since)}`]),
    ...(filters === undefined ? [] : [filters]),
  ].join("&");
}

function address(url: string, path: string, query: string | undefined): string {
  return query === undefined || query === "" ? `${url}${path}` : `${url}${path}?${query}`;
}
