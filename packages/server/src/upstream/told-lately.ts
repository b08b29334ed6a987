import type { SessionEvent } from "@reelay/protocol";

/** How long a webhook may come behind the notification of the same cause. ms */
const LATE_MS = 60_000;
const MOST = 500;

interface Lately {
  readonly type: SessionEvent["type"];
  readonly item: string;
  readonly player: string;
  readonly at: number;
  /** Webhook events that were taken for it: `media.play` and `playback.started` are both of one start. */
  readonly merged: Set<string>;
}

/** What was told of playback a short while ago, so that a webhook of the same cause tells nothing again. */
export class ToldLately {
  #told: Lately[] = [];

  add(type: SessionEvent["type"], item: string, player: string, at: number): void {
    this.#told = [...this.#told.filter((one) => at - one.at < LATE_MS), { type, item, player, at, merged: new Set() }];
    if (this.#told.length > MOST) this.#told.shift();
  }

  /** @param webhook its name @returns whether it is of something that was told */
  merges(webhook: string, type: SessionEvent["type"], item: string, player: string, at: number): boolean {
    const found = this.#told.find(
      (one) =>
        one.type === type &&
        one.item === item &&
        // Servers of before 2019 do not name the player in notifications.
        (one.player === player || one.player === "") &&
        at - one.at < LATE_MS &&
        !one.merged.has(webhook),
    );
    found?.merged.add(webhook);
    return found !== undefined;
  }
}
