/** What happens is of five kinds; each has a colour. */
export type Family = "playback" | "library" | "activity" | "settings" | "upstream";

const families: Readonly<Record<string, Family>> = {
  session: "playback",
  ondeck: "playback",
  item: "library",
  scan: "library",
  status: "library",
  activity: "activity",
  upstream: "upstream",
};

/** By the word before the dot. */
export function familyOf(type: string): Family {
  if (type === "item.rated") return "playback";
  return families[type.split(".")[0] ?? ""] ?? "settings";
}

/** What can be chosen in the filter, in the order of how often it is wanted. */
export const typeChoices: readonly { readonly group: string; readonly items: readonly string[] }[] = [
  {
    group: "Playback",
    items: [
      "session.*",
      "session.started",
      "session.paused",
      "session.resumed",
      "session.stopped",
      "session.scrobbled",
      "session.failed",
      "session.progressed",
      "item.rated",
      "ondeck.entered",
    ],
  },
  {
    group: "Library",
    items: [
      "item.*",
      "item.created",
      "item.ready",
      "item.updated",
      "item.deleted",
      "item.processing",
      "item.analyzing",
      "scan.progressed",
      "status.announced",
    ],
  },
  { group: "Work", items: ["activity.*", "activity.started", "activity.updated", "activity.ended"] },
  {
    group: "Server",
    items: [
      "preference.changed",
      "account.*",
      "device.appeared",
      "database.backed-up",
      "database.corrupted",
      "reachability.changed",
      "upstream.*",
    ],
  },
];
