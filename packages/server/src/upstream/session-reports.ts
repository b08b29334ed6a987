import type { JsonObject, SessionEvent, SessionReport } from "@reelay/protocol";
import type { PlexWebhook } from "./plex-webhook.ts";
import { integerOf, present, textOf } from "./read-fields.ts";

/** The part of an item from which on it counts as played. */
export const PLAYED_FROM = 0.9;

const STATES: ReadonlySet<unknown> = new Set(["playing", "paused", "buffering", "stopped", "error"]);

/** What the state machine calls what Plex's own webhooks tell. */
const webhookTypes: Readonly<Record<string, SessionEvent["type"]>> = {
  "media.play": "started",
  "playback.started": "started",
  "media.pause": "paused",
  "media.resume": "resumed",
  "media.stop": "stopped",
  "media.scrobble": "scrobbled",
};

/**
 * A `playing` notification as a player's report.
 * @param at epoch ms @param duration of the item, ms, where it is known @returns undefined for a state that nobody knows
 */
export function reportOfNotification(
  entry: JsonObject,
  at: number,
  duration: number | undefined,
): SessionReport | undefined {
  const { state, viewOffset } = entry;
  if (!STATES.has(state)) return undefined;
  return {
    state,
    at,
    ...present({
      sessionKey: textOf(entry.sessionKey),
      clientIdentifier: textOf(entry.clientIdentifier),
      ratingKey: textOf(entry.ratingKey),
      key: textOf(entry.key),
      viewOffset: typeof viewOffset === "number" ? viewOffset : undefined,
      duration,
    }),
  } as SessionReport;
}

/** What a webhook says of a playback. */
export interface WebhookReport {
  readonly type: SessionEvent["type"];
  readonly item: string;
  readonly player: string;
  readonly report: SessionReport;
}

/** @returns undefined for a webhook that is of no playback, or names no item or player */
export function reportOfWebhook({ event, about, metadata }: PlexWebhook, at: number): WebhookReport | undefined {
  const type = Object.hasOwn(webhookTypes, event) ? webhookTypes[event] : undefined;
  const item = textOf(metadata.ratingKey) ?? textOf(metadata.key);
  const player = about.player.uuid;
  if (type === undefined || item === undefined || player === "") return undefined;
  const duration = integerOf(metadata.duration);
  const offset = integerOf(metadata.viewOffset);
  // The webhook of a play to the end says so, whatever its position.
  const viewOffset =
    type === "scrobbled" && duration !== undefined ? Math.max(offset ?? 0, Math.ceil(duration * PLAYED_FROM)) : offset;
  const state = type === "paused" ? "paused" : type === "stopped" ? "stopped" : "playing";
  const report = {
    ...{ state, at, clientIdentifier: player },
    ...present({ ratingKey: textOf(metadata.ratingKey), key: textOf(metadata.key), viewOffset, duration }),
  } as SessionReport;
  return { type, item, player, report };
}
