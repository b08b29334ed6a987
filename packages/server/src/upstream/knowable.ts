import type { WebhookEventName } from "@reelay/protocol";

/** By what something is learnt of a Plex server: what it tells, what it answers, or what it sends with Plex Pass. */
export type KnownBy = "notifications" | "asking" | "its own webhooks";

export interface Knowable {
  readonly by: KnownBy;
  /** For people: with what, from when on, for whom. */
  readonly how: string;
}

const played = "with account, player and item, looked up on the server";

/** How each webhook event comes to be known of a Plex server. The guide and `doctor --plex` show it. */
export const knowable: Readonly<Record<WebhookEventName, Knowable>> = {
  "media.play": { by: "notifications", how: played },
  "media.pause": { by: "notifications", how: played },
  "media.resume": { by: "notifications", how: played },
  "media.stop": { by: "notifications", how: played },
  "media.scrobble": { by: "notifications", how: "at 90 % of the length" },
  "playback.started": { by: "notifications", how: played },
  "library.new": {
    by: "notifications",
    how: "once its section was quiet for ten seconds; what belongs together as one",
  },
  "device.new": { by: "asking", how: "when it plays, else within five minutes" },
  "media.rate": { by: "asking", how: "what the owner rates: asked when a notification says that the item has changed" },
  "library.on.deck": { by: "asking", how: "the owner's: asked when a new episode is told" },
  "admin.database.backup": { by: "its own webhooks", how: "needs Plex Pass there" },
  "admin.database.corrupted": { by: "its own webhooks", how: "needs Plex Pass there" },
};
