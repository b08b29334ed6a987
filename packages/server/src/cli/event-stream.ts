import type { Notification, UnknownNotification } from "@reelay/protocol";
import {
  ConnectionError,
  HTTPClient,
  type NotificationEvent,
  NotificationFormatError,
  PlexAPI,
  PlexAPIError,
  type ReconnectOptions,
} from "@reelay/sdk";
import { ReelayError } from "../support/index.ts";
import { errorOf, fetchFrom, type ServerAddress } from "./api.ts";

export type StreamItem =
  | { readonly kind: "event"; readonly notification: Notification | UnknownNotification; readonly id?: string }
  /** The server does not resume: what happened between `lost` and `back` is missing. */
  | { readonly kind: "unresumed" }
  /** An event that could not be read, and was skipped. */
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "lost" }
  | { readonly kind: "back"; readonly position?: string };

export interface FollowOptions {
  /** Where the server is now; undefined while none runs. */
  readonly address: () => ServerAddress | undefined;
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
  const { signal, tell, since, reconnect = {}, heartbeatTimeoutMs } = options;
  await using subscription = clientOf(options).events.subscribe({
    transport: "eventsource",
    signal,
    reconnect,
    ...(since === undefined ? {} : { lastEventId: since }),
    ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
  });
  let was: "never open" | "open" | "lost" = "never open";
  let failure: Error | undefined;
  subscription.on("*", (event) => tell(itemOf(event)));
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
  const wantsNoMore = failure instanceof PlexAPIError && failure.statusCode === 204;
  if (failure !== undefined && !wantsNoMore && !signal.aborted) throw await explained(failure, options.address());
}

/** A client of whichever server there is at each connection: one that was restarted has another token, perhaps another port. */
function clientOf({ address, filters }: FollowOptions): PlexAPI {
  const query = filters === undefined ? "" : `?${new URLSearchParams({ filters })}`;
  const fetcher = (input: Request | string | URL, init?: RequestInit) => {
    const current = address();
    return current === undefined ? fetch(input, init) : fetchFrom(current)(input, init);
  };
  const httpClient = new HTTPClient({ fetcher }).addHook("beforeRequest", (request) => {
    const current = address();
    if (current === undefined) throw new ConnectionError("No server runs.");
    return new Request(`${current.url}/:/eventsource/notifications${query}`, request);
  });
  return new PlexAPI({ serverURL: address()?.url, httpClient, token: async () => address()?.token ?? "" });
}

function itemOf(event: NotificationEvent): StreamItem {
  if (event.type === "gap") {
    const { reason, from = "", to = "" } = event;
    // Nothing overflows: what listeners take is not kept.
    if (reason === "reconnect" || reason === "overflow") return { kind: "unresumed" };
    return { kind: "event", notification: { type: "reelay.gap", entry: { reason, from, to } }, id: to };
  }
  const position = event.id === undefined ? {} : { id: event.id };
  if (event.type !== "unknown") return { kind: "event", notification: event, ...position };
  const { name: type, payloadKey, entry } = event;
  return { kind: "event", notification: { type, payloadKey, entry }, ...position };
}

/** What the SDK says, as an error of ours. */
async function explained(error: Error, address: ServerAddress | undefined): Promise<ReelayError> {
  if (error instanceof PlexAPIError) return errorOf(error.rawResponse, address?.url);
  const detail =
    error.cause === undefined || address === undefined ? error.message : `Nothing answers at ${address.url}.`;
  return new ReelayError("REELAY_SERVER_UNREACHABLE", detail, { cause: error });
}
