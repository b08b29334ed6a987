import type { Told } from "./told.ts";
import { until } from "./wait.ts";

export interface ListenOptions {
  readonly url: string;
  readonly token: string;
  /** A position to go on from, or `earliest`. */
  readonly since?: string | undefined;
  /** As the query has them, such as `filters=timeline`. */
  readonly filters?: string | undefined;
  /** WebSocket documents carry their positions. Event streams always do. */
  readonly ids?: boolean | undefined;
}

/** Opens a third-party client's stream of notifications; resolves when it is open. */
export type Listen = (options: ListenOptions) => Promise<Listener>;

/** What a test sees of a client, whichever it is. */
export class Listener implements AsyncDisposable {
  readonly told: Told[] = [];
  /** Where to go on from; also from heartbeats. */
  position: string | undefined;
  heartbeats = 0;
  /** How the stream ended, in the client's own words. */
  ended: string | undefined;
  /** Cuts the connection without a word, as a lost link does. */
  readonly cut: () => void;
  #stopAt: ((told: Told) => boolean) | undefined;
  #stopped = false;

  constructor(cut: () => void) {
    this.cut = cut;
  }

  /** For the client's callback. */
  take(told: Told): void {
    if (this.#stopped) return; // What was on its way when the link was cut never arrived.
    if (told.id !== undefined) this.position = told.id;
    if (told.type === "reelay.position") {
      this.heartbeats++;
      return;
    }
    this.told.push(told);
    if (this.#stopAt?.(told) !== true) return;
    this.#stopped = true;
    this.cut();
  }

  heartbeat(position?: string): void {
    if (this.#stopped) return;
    this.heartbeats++;
    if (position !== undefined && position !== "") this.position = position;
  }

  /** Cuts the connection right behind the first notification for which `condition` holds. */
  cutAt(condition: (told: Told) => boolean): this {
    this.#stopAt = condition;
    return this;
  }

  get wasCut(): boolean {
    return this.#stopped;
  }

  /** Waits for a notification, among those that were received already, too. */
  async until(condition: (told: Told) => boolean, what: string): Promise<void> {
    await until(
      () => this.told.some(condition),
      () => `${what}; told: ${this.told.map((told) => told.type).join(" ")}`,
    );
  }

  /** Waits until so many scans have been told to be complete. */
  async scans(count: number): Promise<void> {
    await until(
      () => this.told.filter(isScanComplete).length >= count,
      () => `${count} complete scans; told: ${this.told.map((told) => told.type).join(" ")}`,
    );
  }

  async end(): Promise<void> {
    await until(() => this.ended !== undefined, "the end of the stream");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended === undefined) this.cut();
    await this.end();
  }
}

export function isScanComplete({ type, entry }: Told): boolean {
  return type === "status" && entry.title === "Library scan complete";
}
