import {
  type ActivityNotification,
  isKnownNotification,
  metadataTypes,
  type Notification,
  type TimelineEntry,
  type UnknownNotification,
} from "@reelay/protocol";
import { harmless } from "../support/index.ts";
import { second } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const TYPE_WIDTH = 9;

const kinds: ReadonlyMap<number, string> = new Map(
  Object.entries({ ...metadataTypes, film: metadataTypes.movie }).map(([name, number]) => [number, name]),
);

/**
 * One line of output: when, what type, and the event in words.
 * @param now default: the event's time. Where it is of another day, the line says of which
 */
export function eventLine(
  notification: Notification | UnknownNotification,
  time: Date,
  terminal: Pick<Terminal, "paint">,
  now = time,
): string {
  const type = harmless(notification.type).padEnd(TYPE_WIDTH);
  const when = time.toDateString() === now.toDateString() ? clockTime(time) : second(time.getTime());
  return `${terminal.paint("dim", when)}  ${terminal.paint("cyan", type)}  ${describeNotification(notification)}`;
}

/** A notification in words, on one line. Whatever it holds, the text does nothing to a terminal but show. */
export function describeNotification(notification: Notification | UnknownNotification): string {
  if (!isKnownNotification(notification)) return harmless(JSON.stringify(notification.entry)).slice(0, 300);
  return harmless(inWords(notification));
}

function inWords(notification: Notification): string {
  const { type, entry } = notification;
  switch (type) {
    case "timeline":
      return timeline(entry);
    case "activity":
      return activity(entry);
    case "status":
      return [entry.title, entry.description].filter(Boolean).join(" — ");
    case "progress":
      return entry.message;
    case "playing":
      return `session ${entry.sessionKey} ${entry.state} item ${entry.ratingKey} at ${position(entry.viewOffset)}`;
    case "preference":
      return `${entry.id} = ${JSON.stringify(entry.value)}`;
    case "account":
      return `account ${entry.accountID} ${entry.event}: ${entry.title}`;
    case "reachability":
      return entry.reachability ? "reachable from outside" : "not reachable from outside";
    case "transcodeSession.start":
    case "transcodeSession.update":
    case "transcodeSession.end":
      return `${entry.key} ${Math.round(entry.progress)} %, ${entry.speed} × real time`;
    case "backgroundProcessingQueue":
      return `queue ${entry.queueID} ${entry.event}`;
    case "update.statechange":
      return `version ${entry.version || "?"} ${entry.state}`;
    case "log":
      return `${entry.source}: ${entry.message}`;
    case "reelay.gap":
      return `events are missing (${entry.reason}): asked for ${entry.from}, complete after ${entry.to}`;
    case "reelay.position":
      return `at ${entry.position}`;
  }
}

function timeline(entry: TimelineEntry): string {
  const kind = kinds.get(entry.type) ?? `type ${entry.type}`;
  const which = `${kind} ${entry.itemID}${entry.title === "" ? "" : `: ${entry.title}`} (section ${entry.sectionID})`;
  if (entry.state === 0) return `added ${which}`;
  if (entry.state === 9) return `deleted ${which}`;
  if (entry.mediaState !== undefined) return `${entry.mediaState} ${which}`;
  if (entry.state === 5 && entry.metadataState === undefined && entry.queueSize === undefined) return `ready ${which}`;
  const left = entry.queueSize === undefined ? "" : `, ${entry.queueSize} left`;
  return `${entry.metadataState ?? "working on"} ${which}, step ${entry.state}${left}`;
}

function activity({ event, Activity: { title, subtitle, progress } }: ActivityNotification): string {
  const share = event === "updated" && progress >= 0 ? ` ${progress} %` : "";
  return `${event}: ${title}${share}${subtitle === "" ? "" : ` · ${subtitle}`}`;
}

function position(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  const parts = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function clockTime(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
