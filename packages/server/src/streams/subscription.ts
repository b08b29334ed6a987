import { parseNotificationFilter } from "@reelay/protocol";
import { type RequestHead, searchParams } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { type Selection, selectEvents, selectNotifications } from "./selection.ts";

/** What a stream tells: the notifications of a Plex server, or the media events of the log as they are. */
export type Source = "plex" | "reelay";

/** What a client asked for, by query and headers. */
export interface StreamRequest {
  readonly source: Source;
  /** Of Reelay's events only those that clients of Plex are told of here, selected as they do. */
  readonly asTold: boolean;
  readonly selection: Selection;
  /** A position, `earliest`, or undefined for «from now on». */
  readonly since: string | undefined;
  /** Documents carry their position. */
  readonly ids: boolean;
  /** Timeline ids as integers; undefined: as the server is set. */
  readonly numericIds: boolean | undefined;
  /** Machine identifier of the one server that it tells of; undefined: of all. */
  readonly origin: string | undefined;
}

/** Longer than any position; what is longer is none, and need not be repeated to the client in full. */
const LONGEST_POSITION = 128;

/**
 * @param origin whose notifications clients of Plex are told: they never mix servers
 * @throws REELAY_INVALID_PARAMETER, and what `origin` throws
 */
export function readStreamRequest(request: RequestHead, source: Source, origin?: () => string): StreamRequest {
  const query = searchParams(request);
  const header = request.headers["last-event-id"];
  // An EventSource that reconnects sends the header with the same URL as before, so the header is the newer of the two.
  const since = (typeof header === "string" && header !== "" ? header : query.get("lastEventId")) || undefined;
  const asTold = source === "reelay" && (query.has("filters") || query.has("filter"));
  if (asTold && query.has("types")) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "types and filters do not go together.");
  }
  const byType = source === "reelay" && !asTold;
  return {
    source,
    asTold,
    selection: byType ? selectEvents(typesOf(query)) : selectNotifications(parseNotificationFilter(query)),
    since: since?.slice(0, LONGEST_POSITION),
    ids: flag(query, "ids") ?? false,
    numericIds: flag(query, "numericIds"),
    origin: byType ? undefined : origin?.(),
  };
}

/** All `types` together. */
function typesOf(query: URLSearchParams): string | undefined {
  const types = query.getAll("types");
  return types.length === 0 ? undefined : types.join(",");
}

function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  throw new ReelayError("REELAY_INVALID_PARAMETER", `${name} must be 1 or 0.`);
}
