import type { EventFilter } from "../api/queries.ts";
import type { MediaEvent } from "../api/types.ts";

/** The filter as it is in the page's address, so that it can be linked to. */
export function filterFrom(search: URLSearchParams): EventFilter {
  const number = (name: string) => {
    const text = search.get(name);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  return {
    type: search.get("type") || undefined,
    q: search.get("q") || undefined,
    account: number("account"),
    section: number("section"),
    item: number("item"),
    since: number("since"),
    until: number("until"),
  };
}

export function isEmpty(filter: EventFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

/** What the history's filter lets through, for events of the stream. */
export function matcher(filter: EventFilter): (event: MediaEvent) => boolean {
  const { type, q, account, section, item, since, until } = filter;
  const types = type?.split(",");
  const text = q?.toLowerCase();
  return ({ type: of, time, facts }) => {
    // What is in no log is no event of the list: it would be gone at the next visit.
    if (time === null) return false;
    if (
      types !== undefined &&
      !types.some((name) => (name.endsWith(".*") ? of.startsWith(name.slice(0, -1)) : of === name))
    )
      return false;
    if ((since !== undefined && time < since) || (until !== undefined && time >= until)) return false;
    if (account !== undefined && !holds(facts, ["account.id", "accountId", "userID"], account)) return false;
    if (section !== undefined && !holds(facts, ["sectionId", "item.sectionId"], section)) return false;
    if (item !== undefined && !holds(facts, itemPaths, item)) return false;
    return text === undefined || texts(facts).some((value) => value.toLowerCase().includes(text));
  };
}

const itemPaths = ["itemId", "parentId", "rootId"].flatMap((name) => [name, `item.${name}`]);

function holds(facts: MediaEvent["facts"], paths: readonly string[], wanted: number): boolean {
  return paths.some((path) => {
    const [first = "", second] = path.split(".");
    const value = facts[first];
    if (second === undefined) return value === wanted;
    return typeof value === "object" && value !== null && (value as Record<string, unknown>)[second] === wanted;
  });
}

/** All texts at any depth. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}
