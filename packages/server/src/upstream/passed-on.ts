import type { JsonObject } from "@reelay/protocol";
import type { NewMediaEvent, ToldNotification } from "../events/index.ts";

/** Types that say how far something is, and by what they replace each other. All others are facts. */
const progress: Readonly<Record<string, (entry: JsonObject) => string | undefined>> = {
  progress: () => "progress",
  "transcodeSession.update": ({ key }) => textOf(key),
  // What is neither the creation nor the end of work on an item.
  timeline: ({ itemID }) => textOf(itemID),
  playing: ({ sessionKey }) => textOf(sessionKey),
  activity: ({ event, uuid }) => (event === "updated" ? textOf(uuid) : undefined),
};

type PassedOn = Extract<NewMediaEvent, { readonly type: "upstream.notified" | "upstream.progressed" }>;

/**
 * A notification for which no other event stands, as it came. To admins: that is who may hear it on a Plex server.
 * @param audience where it is known better
 */
export function passedOn(
  origin: string,
  notification: ToldNotification,
  audience: PassedOn["audience"] = { kind: "admins" },
): PassedOn {
  const { type } = notification;
  const entry: JsonObject = notification.entry;
  const key = Object.hasOwn(progress, type) ? progress[type]?.(entry) : undefined;
  const common = { origin, audience, facts: { type }, notification };
  if (key !== undefined) return { type: "upstream.progressed", subject: `${type}:${key}`, ...common };
  return { type: "upstream.notified", subject: `${type}:${subjectOf(entry)}`, ...common };
}

/** What it is about, as far as can be told from names that notifications share. */
function subjectOf(entry: JsonObject): string {
  return textOf(entry.uuid ?? entry.key ?? entry.itemID ?? entry.id) ?? "";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 200) : undefined;
}
