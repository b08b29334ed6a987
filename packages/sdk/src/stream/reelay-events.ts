import { failure, isJsonObject, type JsonObject, type NotificationEntries, ok, type Result } from "@reelay/protocol";
import type { MediaEventFacts } from "./event-facts.ts";

/** Of each type of event that Reelay tells, its facts. `log` comes only to who names it. */
export interface ReelayEventFacts extends MediaEventFacts {
  readonly log: NotificationEntries["log"];
}

/** The document that a client of Plex is told of an event. */
export interface NotificationDocument {
  readonly NotificationContainer: { readonly type: string; readonly size: number; readonly [key: string]: unknown };
}

/**
 * An event as Reelay's log has it; switch on `type`, and `facts` has that type's fields. A Reelay that is newer than this package may tell
 * further types.
 */
export type ReelayEvent = {
  readonly [T in keyof ReelayEventFacts]: {
    /** UUIDv7; null for what is in no log: log lines and alarms. */
    readonly id: string | null;
    /** What to give as `lastEventId` to go on after it. */
    readonly position: string;
    readonly type: T;
    /** Machine identifier of the server that it happened on; null as above. */
    readonly origin: string | null;
    /** Epoch milliseconds of its cause; null as above. */
    readonly time: number | null;
    /** What it is about: `item:42`, `session:7`; null as above. */
    readonly subject: string | null;
    readonly facts: ReelayEventFacts[T];
    /** What a client of Plex is told of it; null if nothing. */
    readonly notification: NotificationDocument | null;
  };
}[keyof ReelayEventFacts];

/** Reads a message of Reelay's own streams; undefined if it is about the stream itself, and looks as on Plex's. */
export function readReelayEvent(text: string): Result<ReelayEvent | undefined> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return failure("not-json", "The event is not JSON");
  }
  if (!isJsonObject(document)) return failure("not-a-notification", "The event is not an object");
  if ("NotificationContainer" in document) return ok(undefined);
  return isEvent(document) ? ok(document as unknown as ReelayEvent) : failure("not-a-notification", "It is no event");
}

/** What listeners hear of under these names is not the server's to tell. */
const TAKEN = ["gap", "state", "error", "*"];

function isEvent({ type, position, facts }: JsonObject): boolean {
  return typeof type === "string" && !TAKEN.includes(type) && typeof position === "string" && isJsonObject(facts);
}
