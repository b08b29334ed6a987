import { filterKey, type NotificationFilter, passesFilter } from "@reelay/protocol";
import { type Family, familiesOf, type MediaEventType, mediaEventTypes } from "../events/index.ts";
import { ReelayError } from "../support/index.ts";

/** Which messages a client asked for, by their type: of a notification on Plex's streams, of a media event on Reelay's own. */
export interface Selection {
  /** Equal for selections of one form that let the same messages through. */
  readonly key: string;
  /** Those whose events can be among them. */
  readonly families: ReadonlySet<Family>;
  passes(type: string): boolean;
}

/** By the filter of Plex's streams. */
export function selectNotifications(filter: NotificationFilter): Selection {
  const passes = (type: string) => passesFilter(filter, type);
  return { key: filterKey(filter), families: familiesOf(passes), passes };
}

const eventTypes = Object.keys(mediaEventTypes) as MediaEventType[];
/** Told from memory and never in the log: only to who names it. */
const LOG = "log";

/**
 * By names of media events, separated by commas: `item.created`, or `session.*` for all that begin so. Without any: all
 * but `log`. They are resolved here, so that the number of different selections is bounded by the vocabulary.
 * @throws REELAY_INVALID_PARAMETER for a name that no event has: it would wait for ever
 */
export function selectEvents(text: string | undefined): Selection {
  const types = new Set(text === undefined ? eventTypes : eventTypesOf(text));
  const families = new Set([...types].flatMap((type) => (type === LOG ? [] : [mediaEventTypes[type].family])));
  return {
    key: types.size === eventTypes.length && !types.has(LOG) ? "" : [...types].sort().join(","),
    families,
    passes: (type) => (types as ReadonlySet<string>).has(type),
  };
}

/** The types that a list of names means. @throws REELAY_INVALID_PARAMETER */
export function eventTypesOf(text: string): (MediaEventType | typeof LOG)[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.flatMap((name) => {
    const matching = [...eventTypes, LOG].filter((type) =>
      name.endsWith(".*") ? type.startsWith(name.slice(0, -1)) : type === name,
    );
    if (matching.length > 0) return matching as (MediaEventType | typeof LOG)[];
    throw new ReelayError("REELAY_INVALID_PARAMETER", `types: no event is called ${name.slice(0, 60)}.`);
  });
}
