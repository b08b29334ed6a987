import type { MediaEvent } from "../api/types.ts";
import { byteSize, playTime } from "../ui/time.tsx";

type Facts = MediaEvent["facts"];

const kinds: Readonly<Record<number, string>> = {
  1: "film",
  2: "show",
  3: "season",
  4: "episode",
  8: "artist",
  9: "album",
  10: "track",
};

/** What happened, in one line, and of whom. */
export interface Words {
  readonly text: string;
  /** The account and player, or the section. */
  readonly by: string;
}

/** An event in words. Whatever its facts hold: of what is not known there is the subject. */
export function describe({ type, facts, subject }: MediaEvent): Words {
  const [what, verb = ""] = type.split(".");
  switch (what) {
    case "session":
      return {
        text: session(verb, facts),
        by: [named(facts.account), named(facts.player)].filter(Boolean).join(" · "),
      };
    case "item":
      return verb === "rated"
        ? { text: rated(facts), by: named(facts.account) }
        : { text: `${itemVerbs[verb] ?? verb} ${item(facts)}`, by: "" };
    case "ondeck":
      return { text: `${item(object(facts.item))} is next`, by: named(facts.account) };
    case "activity":
      return { text: activity(verb, facts), by: "" };
    case "status":
      return { text: [text(facts.title), text(facts.description)].filter(Boolean).join(" — "), by: "" };
    case "scan":
      return { text: text(facts.message), by: "" };
    case "preference":
      return { text: `${text(facts.label) || text(facts.id)} is now ${JSON.stringify(facts.value)}`, by: "" };
    case "account":
      return { text: `Account ${text(facts.name)} ${verb}`, by: "" };
    case "device":
      return { text: `New device ${text(facts.name)}`, by: text(facts.product) };
    case "database":
      return { text: database(verb, facts), by: "" };
    case "reachability":
      return { text: `${facts.reachable ? "Reachable" : "Not reachable"} at ${text(facts.url)}`, by: "" };
    default:
      return { text: firstText(facts) || (subject ?? type), by: "" };
  }
}

const sessionVerbs: Readonly<Record<string, string>> = {
  started: "Started",
  paused: "Paused",
  resumed: "Resumed",
  stopped: "Stopped",
  failed: "Failed",
  scrobbled: "Played",
  progressed: "Playing",
};

function session(verb: string, facts: Facts): string {
  const title = text(object(facts.item).title);
  const at = verb === "scrobbled" ? "" : ` at ${playTime(Number(facts.viewOffset) || 0)}`;
  const state = verb === "progressed" && facts.state === "paused" ? "Still paused" : (sessionVerbs[verb] ?? verb);
  return `${state} ${title}${at}`;
}

const itemVerbs: Readonly<Record<string, string>> = {
  created: "Added",
  processing: "Processing",
  analyzing: "Analyzing",
  ready: "Ready:",
  updated: "Updated",
  deleted: "Deleted",
};

function item(facts: Facts): string {
  const kind = kinds[Number(facts.metadataType)] ?? "item";
  const title = text(facts.title);
  return title === "" ? `${kind} ${facts.itemId}` : `${kind} ${title}`;
}

function rated(facts: Facts): string {
  const { rating } = facts;
  const title = text(object(facts.item).title);
  return rating === null ? `Took the rating of ${title} away` : `Rated ${title} ${Number(rating) / 2} of 5`;
}

function activity(verb: string, facts: Facts): string {
  const { progress, title, subtitle } = facts;
  const share = verb === "updated" && Number(progress) >= 0 ? ` ${progress} %` : "";
  const end = verb === "ended" ? " ended" : verb === "started" ? " started" : "";
  return [`${text(title)}${share}${end}`, text(subtitle)].filter(Boolean).join(" · ");
}

function database(verb: string, facts: Facts): string {
  if (verb === "backed-up") return `Backed up to ${text(facts.file)}, ${byteSize(Number(facts.bytes) || 0)}`;
  return `The database is damaged: ${text(facts.detail)}`;
}

function named(value: unknown): string {
  const { title, name } = object(value);
  return text(title) || text(name);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function object(value: unknown): Facts {
  return typeof value === "object" && value !== null ? (value as Facts) : {};
}

function firstText(facts: Facts): string {
  return (
    Object.values(facts)
      .map(text)
      .find((one) => one !== "") ?? ""
  );
}
