import { ask } from "../api/client.ts";
import { randomId } from "./random-id.ts";
import { player } from "./this-player.ts";

const REPORT_MS = 10_000;

interface Answer {
  readonly MediaContainer: { readonly terminationCode?: string | number; readonly terminationText?: string };
}

type State = "playing" | "paused" | "buffering" | "stopped";

export interface Played {
  readonly ratingKey: string;
  /** ms; undefined: as the browser finds it. */
  readonly duration: number | undefined;
}

/** Tells the server what a media element does: each change at once, and every ten seconds that it goes on. */
export class TimelineReporter {
  readonly #item: Played;
  readonly #media: HTMLMediaElement;
  readonly #onTerminated: (text: string) => void;
  readonly #session = randomId();
  readonly #listening = new AbortController();
  readonly #timer: number;
  #last: State | undefined;

  /** @param onTerminated called with the reason when the owner ends it */
  constructor(item: Played, media: HTMLMediaElement, onTerminated: (text: string) => void) {
    this.#item = item;
    this.#media = media;
    this.#onTerminated = onTerminated;
    const { signal } = this.#listening;
    const on = (name: string, state: State | (() => State)) =>
      media.addEventListener(name, () => this.#report(typeof state === "string" ? state : state()), { signal });
    on("playing", "playing");
    on("waiting", "buffering");
    on("pause", () => (media.ended ? "stopped" : "paused"));
    on("seeked", () => (media.paused ? "paused" : "playing"));
    addEventListener("pagehide", () => this.#report("stopped"), { signal });
    this.#timer = window.setInterval(() => {
      if (!media.ended && this.#last !== undefined) this.#report(media.paused ? "paused" : "playing");
    }, REPORT_MS);
  }

  /** Says where it is once more: somebody has ended it, and why stands in the answer. */
  repeat(): void {
    if (this.#last !== undefined && this.#last !== "stopped") this.#report(this.#last);
  }

  /** The player is closed: says so, unless it has said so. */
  close(): void {
    clearInterval(this.#timer);
    this.#listening.abort();
    if (this.#last !== undefined && this.#last !== "stopped") this.#report("stopped");
  }

  #report(state: State): void {
    if (this.#last === undefined && state !== "playing") return;
    if (this.#last === "stopped" && state !== "playing") return;
    this.#last = state;
    const { ratingKey, duration } = this.#item;
    const length = duration ?? Math.round((Number.isFinite(this.#media.duration) ? this.#media.duration : 0) * 1000);
    ask<Answer>("/:/timeline", {
      method: "POST",
      keepalive: true,
      query: {
        ratingKey,
        key: `/library/metadata/${ratingKey}`,
        state,
        time: Math.min(Math.round(this.#media.currentTime * 1000), length || Number.POSITIVE_INFINITY),
        duration: length,
      },
      headers: { ...player(), "X-Plex-Session-Identifier": this.#session },
    }).then(
      ({ MediaContainer: { terminationCode, terminationText = "" } }) => {
        if (terminationCode !== undefined) this.#onTerminated(terminationText);
      },
      // Playing goes on without: the next report tells where it is.
      () => undefined,
    );
  }
}
