import { type Clock, ReelayError } from "../support/index.ts";
import type { PlayItem } from "./play-item.ts";
import { attribute, type PlayServer } from "./play-server.ts";

/** Players report this often, by the time of what they play; slower than life by the clock, or the server takes them for gone. */
const REPORT_MS = 10_000;
/** However fast it plays: no server answers more reports than this for long. */
const LEAST_WAIT_MS = 100;
/** How long to wait when the server does not answer, or asks to wait. */
const RETRY_MS = 1_000;

type State = "playing" | "paused" | "stopped";

/** Why it ended: at the item's end, by its user, after the time asked for, or by the server's administrator. */
export type Ending = "end" | "stopped" | "time" | "terminated";

export interface SimulatedPlayerOptions {
  readonly server: Pick<PlayServer, "get">;
  readonly item: PlayItem;
  readonly clock: Clock;
  /** ms */
  readonly from: number;
  /** How many times faster than life. */
  readonly speed: number;
  /** Ends after so much of the item, ms. */
  readonly playFor: number | undefined;
  /** Told of what a person would see. */
  readonly onChange: (event: PlayerEvent) => void;
}

export type PlayerEvent =
  | { readonly kind: "playing" | "paused"; readonly at: number }
  | { readonly kind: "moved"; readonly at: number }
  | { readonly kind: "counted"; readonly at: number }
  | { readonly kind: "trouble"; readonly at: number; readonly message: string }
  | { readonly kind: "terminated"; readonly at: number; readonly message: string };

/** A player without a picture: its position moves on with the clock, and it tells the server as Plex's players do. */
export class SimulatedPlayer {
  readonly #options: SimulatedPlayerOptions;
  readonly #ended = Promise.withResolvers<Ending>();
  #state: State = "stopped";
  /** Position when {@link #since} was now. */
  #position: number;
  #since: number;
  #viewCount: number;
  #cancel: (() => void) | undefined;
  /** Reports leave one after the other, so that none overtakes another. */
  #sent: Promise<void> = Promise.resolve();
  #waiting = false;

  constructor(options: SimulatedPlayerOptions) {
    this.#options = options;
    this.#position = options.from;
    this.#since = options.clock.now();
    this.#viewCount = options.item.viewCount;
  }

  /** Resolves when playing has ended and the server was told. */
  get ended(): Promise<Ending> {
    return this.#ended.promise;
  }

  get position(): number {
    const { clock, speed } = this.#options;
    const moved = this.#state === "playing" ? Math.max(0, clock.now() - this.#since) * speed : 0;
    return Math.min(this.#position + moved, this.#limit);
  }

  /** Begins; rejects when the server does not let it. */
  async play(): Promise<void> {
    this.#become("playing");
    await this.#report("playing");
    this.#options.onChange({ kind: "playing", at: this.position });
    this.#schedule();
  }

  togglePause(): void {
    if (this.#state === "stopped") return;
    this.#become(this.#state === "playing" ? "paused" : "playing");
    this.#options.onChange({ kind: this.#state === "paused" ? "paused" : "playing", at: this.position });
    this.#tell();
    this.#schedule();
  }

  /** Stops and tells the server; {@link ended} follows. */
  stop(why: Ending = "stopped"): void {
    if (this.#state === "stopped") return;
    this.#become("stopped");
    this.#cancel?.();
    this.#sent = this.#sent
      .then(() => this.#report("stopped"))
      .catch((error: unknown) => this.#trouble(error))
      .then(() => this.#ended.resolve(why));
  }

  get #limit(): number {
    const { from, playFor = Number.POSITIVE_INFINITY, item } = this.#options;
    return Math.min(from + playFor, item.duration ?? Number.POSITIVE_INFINITY);
  }

  #become(state: State): void {
    this.#position = this.position;
    this.#since = this.#options.clock.now();
    this.#state = state;
  }

  #schedule(): void {
    const { clock, speed, item } = this.#options;
    this.#cancel?.();
    const tilEnd = this.#state === "playing" ? (this.#limit - this.position) / speed : Number.POSITIVE_INFINITY;
    const wait = Math.max(
      LEAST_WAIT_MS,
      Math.min(this.#state === "playing" ? REPORT_MS / Math.max(1, speed) : REPORT_MS, tilEnd),
    );
    this.#cancel = clock.after(wait, () => {
      if (this.position >= this.#limit) {
        this.stop(this.#limit === item.duration ? "end" : "time");
        return;
      }
      if (this.#state === "playing") this.#options.onChange({ kind: "moved", at: this.position });
      this.#tell();
      this.#schedule();
    });
  }

  /** Reports in the background. One that waits for an answer stands for those that would follow it. */
  #tell(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#sent = this.#sent
      .then(() => {
        this.#waiting = false;
        return this.#state === "stopped" ? undefined : this.#report(this.#state);
      })
      .catch((error: unknown) => this.#trouble(error));
  }

  async #report(state: State): Promise<void> {
    const { server, item } = this.#options;
    const at = Math.round(this.position);
    const answer = await server.get("/:/timeline", {
      ratingKey: item.ratingKey,
      key: `/library/metadata/${item.ratingKey}`,
      state,
      time: String(at),
      ...(item.duration === undefined ? {} : { duration: String(item.duration) }),
    });
    const message = attribute(answer, "terminationText");
    if (message !== undefined && state !== "stopped") {
      this.#options.onChange({ kind: "terminated", at, message });
      this.stop("terminated");
    }
    const viewCount = Number(attribute(answer, "viewCount") ?? this.#viewCount);
    if (viewCount > this.#viewCount) this.#options.onChange({ kind: "counted", at });
    this.#viewCount = viewCount;
  }

  /** A player plays on when its server is away: it tells where it is when it can. */
  #trouble(error: unknown): void {
    const message = error instanceof ReelayError ? error.message : String(error);
    this.#options.onChange({ kind: "trouble", at: this.position, message });
    if (this.#state === "stopped") return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(RETRY_MS, () => {
      this.#tell();
      this.#schedule();
    });
  }
}
