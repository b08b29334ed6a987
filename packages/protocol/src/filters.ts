import {
  describeNotification,
  isNotificationType,
  type NotificationType,
  notificationTypes,
} from "./notification-types.ts";

/**
 * Which notification types a subscriber wants. `only`: these; `except`: all others, types that the catalogue does not know included.
 */
export interface NotificationFilter {
  readonly mode: "only" | "except";
  readonly types: ReadonlySet<NotificationType>;
}

/** What a subscriber gets who sends no filter: everything except `log`. */
export const defaultFilter: NotificationFilter = { mode: "except", types: new Set<NotificationType>(["log"]) };

/** A word that names no type, for the filter that lets nothing through. */
const NOTHING = "none";

function isSelectable(name: string): name is NotificationType {
  return isNotificationType(name) && describeNotification(name)?.unfiltered !== true;
}

/**
 * Reads the filter from a request's query.
 *
 * - Neither `filters` nor `filter` present: everything except `log`.
 * - Present but empty: everything, `log` included.
 * - `filters=playing,activity`: only these. Commas may be percent-encoded, the parameter may be repeated and spelled `filters` (prose, most
 *   clients) or `filter` (OpenAPI document, plexjs); everything is joined in the order of the query.
 * - A leading `-` on the first name negates the whole list: `-playing,activity` is all but these two, so `log` is let through.
 *   On later names of a negated list a `-` is tolerated, because `filter=-a&filter=-b` is what a client writes that repeats the parameter.
 * - White space around names and empty names are dropped; names are case-sensitive.
 * - Names that the catalogue does not have never match, and are no error. They are dropped here, so the number of different filters is
 *   bounded by the catalogue and not by what clients think of.
 */
export function parseNotificationFilter(query: URLSearchParams): NotificationFilter {
  const values: string[] = [];
  for (const [key, value] of query) if (key === "filters" || key === "filter") values.push(value);
  if (values.length === 0) return defaultFilter;

  const names = values.flatMap((value) => value.split(",").map((name) => name.trim())).filter((name) => name !== "");
  const negated = names[0]?.startsWith("-") ?? true;
  const plain = negated ? names.map((name) => name.replace(/^-\s*/, "")) : names;
  return { mode: negated ? "except" : "only", types: new Set(plain.filter(isSelectable)) };
}

/**
 * True if a notification of this type is wanted. `reelay.gap` and `reelay.position` always are: they are about the stream itself.
 */
export function passesFilter(filter: NotificationFilter, type: string): boolean {
  if (describeNotification(type)?.unfiltered) return true;
  return (filter.mode === "only") === (isNotificationType(type) && filter.types.has(type));
}

/** The filter as the value of the `filters` parameter; reading it back gives a filter of the same meaning. */
export function formatFilter(filter: NotificationFilter): string {
  const names = notificationTypes.filter((type) => filter.types.has(type) && isSelectable(type));
  if (filter.mode === "only") return names.join(",") || NOTHING;
  return names.length === 0 ? "" : `-${names.join(",")}`;
}

/** A text that is equal for two filters exactly if they let the same notifications through. For grouping subscribers. */
export function filterKey(filter: NotificationFilter): string {
  return formatFilter(filter);
}
