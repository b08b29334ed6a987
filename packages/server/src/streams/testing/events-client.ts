import { notificationFromSse, parseContainer, SseParser } from "@reelay/protocol";
import {
  type Connect,
  type ConnectOptions,
  get,
  openWebSocket,
  queryOf,
  type StreamClient,
  takeDocument,
} from "./stream-client.ts";

const PATH = "/api/v1/events";

/** What the contract asks for in the words of Plex's filter, in the words of this stream. */
const types: Readonly<Record<string, string>> = {
  progress: "scan.progressed",
  "-progress": "status.*,item.*,activity.*",
  status: "status.announced",
  activity: "activity.*",
  none: "database.corrupted",
};

function typesOf(filters: string | undefined): Record<string, string> {
  if (filters === undefined) return {};
  const text = types[filters];
  if (text === undefined) throw new Error(`no types are known for the filter ${filters}`);
  return { types: text };
}

/** What the contract asks for, in the words of Plex's filter, of which every kind lets no log line through unasked. */
function filtersOf(filters = "-log"): Record<string, string> {
  return { filters };
}

/** Documents of events hold the notification that the contract tells them apart by; all others are containers. */
function takeEvent(client: StreamClient, document: string): void {
  const { NotificationContainer, position, notification } = JSON.parse(document);
  if (NotificationContainer !== undefined) {
    takeDocument(client, document);
    return;
  }
  const parsed = parseContainer(JSON.stringify(notification));
  if (!parsed.ok) throw new Error(`${parsed.error.message}: ${document}`);
  for (const one of parsed.value) client.take({ ...one, id: String(position) });
}

export const connectEventsWebSocket: Connect = ({ port, filters, ...options }) =>
  openWebSocket(`ws://127.0.0.1:${port}${PATH}?${queryOf(options, typesOf(filters))}`, takeEvent);

/** Only the events of which clients of Plex are told. */
export const connectToldEventsWebSocket: Connect = ({ port, filters, ...options }) =>
  openWebSocket(`ws://127.0.0.1:${port}${PATH}?${queryOf(options, filtersOf(filters))}`, takeEvent);

export const connectToldEventsSse: Connect = (options) => openSse(options, filtersOf(options.filters));

export const connectEventsSse: Connect = (options) => openSse(options, typesOf(options.filters));

async function openSse(asked: ConnectOptions, query: Record<string, string>): Promise<StreamClient> {
  const { filters: _, ...options } = asked;
  const { response, client } = await get(PATH, options, "text/event-stream", query);
  const parser = new SseParser({ maxEventBytes: 16 * 1_048_576 });
  response.on("data", (chunk: Uint8Array) => {
    for (const item of parser.push(chunk)) {
      if (item.kind !== "event") throw new Error(`unexpected ${item.kind}`);
      client.position = item.lastEventId;
      if (item.event === "message") {
        if (JSON.parse(item.data).position !== item.lastEventId) throw new Error("the id is not the position");
        takeEvent(client, item.data);
        continue;
      }
      const parsed = notificationFromSse(item);
      if (!parsed.ok) throw new Error(parsed.error.message);
      if (parsed.value === undefined) client.heartbeats++;
      else client.take(parsed.value);
    }
  });
  return client;
}
