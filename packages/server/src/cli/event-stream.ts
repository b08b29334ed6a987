import { type Notification, parseContainer, type UnknownNotification } from "@reelay/protocol";
import {
  ConnectionError,
  type ConnectionOptions,
  type GapEvent,
  HTTPClient,
  type NotificationEvent,
  NotificationFormatError,
  PlexAPI,
  PlexAPIError,
  type ReconnectOptions,
  type ReelayEvent,
} from "@reelay/sdk";
import { ReelayError } from "../support/index.ts";
import { errorOf, fetchFrom, type ServerAddress } from "./api.ts";

const NOT_FOUND = 404;
/** By which a server asks an EventSource not to come back. */
const WANTS_NO_MORE = 204;

export type StreamItem =
  | {
      readonly kind: "event";
      readonly notification: Notification | UnknownNotification;
      readonly id?: string;
      /** When it happened, epoch ms; only from Reelay's own stream, and of what is in the log. */
      readonly time?: number;
    }
  /** The server does not resume: what happened between `lost` and `back` is missing. */
  | { readonly kind: "unresumed" }
  /** An event that could not be read, and was skipped. */
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "lost" }
  | { readonly kind: "back"; readonly position?: string };

export interface FollowOptions {
  /** Where the server is now; undefined while none runs. */
  readonly address: () => ServerAddress | undefined;
  /**
   * `reelay`: the same notifications from the stream of Reelay's own events, which says when each happened. A server that
   * has no such stream is listened to as any Plex server is. Default `plex`.
   */
  readonly source?: "plex" | "reelay";
  /** Of the `filters` parameter. */
  readonly filters?: string | undefined;
  /** A position, or `earliest`. */
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
  /** Told of each, in order. */
  readonly tell: (item: StreamItem) => void;
  /** Default: those of the SDK. */
  readonly reconnect?: ReconnectOptions;
  /** Default: the SDK's. */
  readonly heartbeatTimeoutMs?: number;
}

/**
 * The events of a server, on and on: after a lost connection it comes back, wherever the server is by then, and goes on where it was. Resolves
 * when `signal` is aborted, or when the server wants no more requests.
 * @throws REELAY_SERVER_UNREACHABLE if there is no server at the beginning, REELAY_UNAUTHORIZED and other errors that waiting does not cure.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { source = "plex", signal, tell, since, reconnect = {}, heartbeatTimeoutMs } = options;
  const connection: ConnectionOptions = {
    transport: "eventsource",
    signal,
    reconnect,
    ...(since === undefined ? {} : { lastEventId: since }),
    ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
  };
  const { events } = clientOf(options);
  await using subscription = events.subscribe(source === "reelay" ? { ...connection, source } : connection);
  let was: "never open" | "open" | "lost" = "never open";
  let failure: Error | undefined;
  subscription.on("*", (event) => {
    const item = itemOf(event);
    if (item !== undefined) tell(item);
  });
  subscription.on("error", (error) => {
    if (error instanceof NotificationFormatError) tell({ kind: "unreadable", why: error.message });
  });
  subscription.on("state", (now) => {
    if (now.state === "open") {
      const position = subscription.lastEventId;
      if (was === "lost") tell({ kind: "back", ...(position === undefined ? {} : { position }) });
      was = "open";
    } else if (now.state === "waiting" && was === "open") {
      was = "lost";
      tell({ kind: "lost" });
    } else if (now.state === "waiting" && was === "never open") {
      // Nobody waits for a server that was never there.
      failure = now.error ?? new ConnectionError("The server ended the connection.");
      void subscription.close();
    }
  });
  await subscription.closed.catch((error: Error) => {
    failure = error;
  });
  const status = failure instanceof PlexAPIError ? failure.statusCode : undefined;
  if (failure === undefined || status === WANTS_NO_MORE || signal.aborted) return;
  if (source === "reelay" && status === NOT_FOUND) await follow({ ...options, source: "plex" });
  else throw await explained(failure, options.address());
}

/** A client of whichever server there is at each connection: one that was restarted has another token, perhaps another port. */
function clientOf({ address, filters, source }: FollowOptions): PlexAPI {
  const path = source === "reelay" ? "/api/v1/events" : "/:/eventsource/notifications";
  // Of Reelay's own events by filters only what clients of Plex are told; without any they are not told log lines.
  const asked = filters ?? (source === "reelay" ? "-log" : undefined);
  const query = asked === undefined ? "" : `?${new URLSearchParams({ filters: asked })}`;
  const fetcher = (input: Request | string | URL, init?: RequestInit) => {
    const current = address();
    return current === undefined ? fetch(input, init) : fetchFrom(current)(input, init);
  };
  const httpClient = new HTTPClient({ fetcher }).addHook("beforeRequest", (request) => {
    const current = address();
    if (current === undefined) throw new ConnectionError("No server runs.");
    return new Request(`${current.url}${path}${query}`, request);
  });
  return new PlexAPI({ serverURL: address()?.url, httpClient, token: async () => address()?.token ?? "" });
}

function itemOf(event: NotificationEvent | ReelayEvent): StreamItem | undefined {
  if (event.type === "gap") return gapOf(event);
  if ("position" in event) return ownItemOf(event);
  const position = event.id === undefined ? {} : { id: event.id };
  if (event.type !== "unknown") return { kind: "event", notification: event, ...position };
  const { name: type, payloadKey, entry } = event;
  return { kind: "event", notification: { type, payloadKey, entry }, ...position };
}

function gapOf({ reason, from = "", to = "" }: GapEvent): StreamItem {
  // Nothing overflows: what listeners take is not kept.
  if (reason === "reconnect" || reason === "overflow") return { kind: "unresumed" };
  return { kind: "event", notification: { type: "reelay.gap", entry: { reason, from, to } }, id: to };
}

/** Of an event of Reelay's own stream, the notification; undefined if there is none. */
function ownItemOf({ notification: told, position: id, time }: ReelayEvent): StreamItem | undefined {
  if (told === null) return undefined;
  const parsed = parseContainer(JSON.stringify(told));
  if (!parsed.ok) return { kind: "unreadable", why: parsed.error.message };
  const [notification] = parsed.value;
  return notification && { kind: "event", notification, id, ...(time === null ? {} : { time }) };
}

/** What the SDK says, as an error of ours. */
async function explained(error: Error, address: ServerAddress | undefined): Promise<ReelayError> {
  if (error instanceof PlexAPIError) return errorOf(error.rawResponse, address?.url);
  const detail =
    error.cause === undefined || address === undefined ? error.message : `Nothing answers at ${address.url}.`;
  return new ReelayError("REELAY_SERVER_UNREACHABLE", detail, { cause: error });
}
