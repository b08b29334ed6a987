import { isIP } from "node:net";

/** What a preference holds. `text` and `int` may be limited to a list of values. */
interface Described<Type extends "bool" | "int" | "text", Value> {
  readonly type: Type;
  readonly default: Value;
  readonly label: string;
  readonly summary: string;
  /** Where settings pages show it: general, library, network, butler, events. */
  readonly group: string;
  readonly advanced?: boolean;
  readonly hidden?: boolean;
  /** Allowed values with what they are called. */
  readonly values?: readonly (readonly [value: Value, label: string])[];
  /** int: the smallest and largest allowed. */
  readonly range?: readonly [least: number, most: number];
  /** text: what is wrong with a value; undefined when it is right. */
  readonly check?: (value: string) => string | undefined;
}

export type Preference = Described<"bool", boolean> | Described<"int", number> | Described<"text", string>;

/** From the most to the least that is logged. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevelName = (typeof logLevels)[number];

const hours = Array.from({ length: 24 }, (_, hour) => [hour, `${hour}:00`] as const);

/**
 * Every preference: only what something in Reelay reads, under Plex's id where Plex has one. All take effect at once and
 * are kept over restarts. What can only be decided at a start (port, folder, TLS) is a setting of `serve` instead.
 */
export const preferences = {
  FriendlyName: {
    type: "text",
    default: "",
    label: "Name of this server",
    summary: "What clients call this server. Empty: the machine's name.",
    group: "general",
    check: (value) => (value.length > 100 ? "at most 100 characters" : undefined),
  },
  LogLevel: {
    type: "text",
    default: "warn",
    label: "What is logged",
    summary: "As JSON lines on standard error: this and what is worse. debug has one line per request.",
    group: "general",
    advanced: true,
    values: logLevels.map((level) => [level, level] as const),
  },
  WebHooksEnabled: {
    type: "bool",
    default: true,
    label: "Webhooks",
    summary: "Send events to the hooks that are set up.",
    group: "network",
  },
  PushNotificationsEnabled: {
    type: "bool",
    default: true,
    label: "Tell of new items",
    summary:
      "Also send the webhook events that Plex sends only while its push notifications are on, such as those of new items.",
    group: "general",
  },
  FSEventLibraryUpdatesEnabled: {
    type: "bool",
    default: true,
    label: "Scan what changes",
    summary: "Watch the folders of the library and scan those in which something changes.",
    group: "library",
  },
  ScheduledLibraryUpdatesEnabled: {
    type: "bool",
    default: true,
    label: "Scan regularly",
    summary: "Scan the whole library at an interval, also where watching is on: some disks do not tell of changes.",
    group: "library",
  },
  ScheduledLibraryUpdateInterval: {
    type: "int",
    default: 900,
    label: "Interval of scans",
    summary: "Seconds between two regular scans.",
    group: "library",
    values: [
      [900, "every 15 minutes"],
      [1800, "every 30 minutes"],
      [3600, "hourly"],
      [7200, "every 2 hours"],
      [21600, "every 6 hours"],
      [43200, "every 12 hours"],
      [86400, "daily"],
    ],
  },
  LibraryVideoPlayedThreshold: {
    type: "int",
    default: 90,
    label: "Played from",
    summary: "Percent of an item's length from which it counts as played (scrobbled).",
    group: "library",
    range: [1, 100],
  },
  MinimumProgressTime: {
    type: "int",
    default: 60_000,
    label: "Least progress",
    summary: "Milliseconds that must be played before a place to resume from is kept.",
    group: "library",
    advanced: true,
    range: [0, 3_600_000],
  },
  LanNetworksBandwidth: {
    type: "text",
    default: "",
    label: "LAN networks",
    summary: "Addresses and networks that count as local, separated by commas. Empty: those of this machine.",
    group: "network",
    advanced: true,
    check: networks,
  },
  allowedNetworks: {
    type: "text",
    default: "",
    label: "Networks that need no token",
    summary:
      "Addresses and networks, separated by commas, from which everybody is let in as the owner. Empty: nobody. Never name a proxy here.",
    group: "network",
    advanced: true,
    check: networks,
  },
  PublicAddress: {
    type: "text",
    default: "",
    label: "Public address",
    summary: "This server's address as the internet sees it, shown as publicAddress of local players.",
    group: "network",
    advanced: true,
    check: (value) => (value === "" || isIP(value) !== 0 ? undefined : "an IP address, or empty"),
  },
  ButlerStartHour: {
    type: "int",
    default: 2,
    label: "Maintenance from",
    summary: "The hour from which scheduled tasks may run.",
    group: "butler",
    values: hours,
  },
  ButlerEndHour: {
    type: "int",
    default: 5,
    label: "Maintenance until",
    summary: "The hour at which scheduled tasks stop.",
    group: "butler",
    values: hours,
  },
  ButlerTimeZone: {
    type: "text",
    default: "",
    label: "Time zone of maintenance",
    summary: "An IANA name such as Europe/Berlin. Empty: the machine's.",
    group: "butler",
    advanced: true,
    check: (value) => (value === "" || isTimeZone(value) ? undefined : "an IANA time zone such as Europe/Berlin"),
  },
  ButlerTaskBackupDatabase: {
    type: "bool",
    default: true,
    label: "Back up the database every three days",
    summary: "",
    group: "butler",
  },
  ButlerBackupsKept: {
    type: "int",
    default: 4,
    label: "Backups kept",
    summary: "Older ones are removed once a newer one is proved good.",
    group: "butler",
    advanced: true,
    range: [1, 100],
  },
  EventRetentionDays: {
    type: "int",
    default: 30,
    label: "Days that events are kept",
    summary: "How far back a stream can resume and the history goes.",
    group: "events",
    advanced: true,
    range: [1, 3650],
  },
  EventRetentionRows: {
    type: "int",
    default: 1_000_000,
    label: "Events kept of each family",
    summary: "The newest so many facts about the library, playback and so on, each counted for itself.",
    group: "events",
    advanced: true,
    range: [1_000, 100_000_000],
  },
} as const satisfies Record<string, Preference>;

export type PreferenceId = keyof typeof preferences;

/** The type of a preference's value: `boolean`, `number` or `string`. */
export type PreferenceValue<Id extends PreferenceId> = (typeof preferences)[Id]["type"] extends "bool"
  ? boolean
  : (typeof preferences)[Id]["type"] extends "int"
    ? number
    : string;

export function isPreferenceId(id: string): id is PreferenceId {
  return Object.hasOwn(preferences, id);
}

/** Reads a value as clients send it: text. @returns an explanation of what is allowed when it is not */
export function readValue(
  preference: Preference,
  text: string,
): { readonly value: boolean | number | string } | { readonly allowed: string } {
  const value = typed(preference.type, text);
  if (value === undefined) return { allowed: preference.type === "bool" ? "1, 0, true or false" : "a whole number" };
  if (preference.values !== undefined) {
    const allowed: readonly (readonly [boolean | number | string, string])[] = preference.values;
    if (!allowed.some(([candidate]) => candidate === value)) {
      return { allowed: `one of ${allowed.map(([candidate]) => candidate).join(", ")}` };
    }
  }
  if (preference.range !== undefined && typeof value === "number") {
    const [least, most] = preference.range;
    if (value < least || value > most) return { allowed: `from ${least} to ${most}` };
  }
  if (preference.check !== undefined && typeof value === "string") {
    const allowed = preference.check(value);
    if (allowed !== undefined) return { allowed };
  }
  return { value };
}

function typed(type: Preference["type"], text: string): boolean | number | string | undefined {
  if (type === "text") return text;
  if (type === "int") return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (text === "1" || text === "true") return true;
  return text === "0" || text === "false" ? false : undefined;
}

/** A comma list of addresses, `10.0.0.0/8` or `10.0.0.0/255.0.0.0`. */
function networks(value: string): string | undefined {
  const wrong = value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !isNetwork(part));
  return wrong.length === 0
    ? undefined
    : `a comma list of addresses or networks such as 192.168.0.0/16, not «${wrong[0]}»`;
}

export function isNetwork(text: string): boolean {
  const [address = "", mask, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (mask === undefined) return true;
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= (family === 4 ? 32 : 128);
  return family === 4 && isIP(mask) === 4 && isNetmask(mask);
}

function isNetmask(mask: string): boolean {
  const bits = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(bits);
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
