/** What happened to a playback, in one word. */
export type Fact = "started" | "paused" | "resumed" | "scrobbled" | "stopped";

/** What one player does with one film, at random, and what a server that heard all of it would tell. */
export class ScriptedPlayer {
  readonly facts: Fact[] = [];
  readonly name: string;
  readonly item: string;
  readonly #duration: number;
  readonly #report: (query: URLSearchParams) => Promise<void>;
  #state: "stopped" | "playing" | "paused" = "stopped";
  #isPast = false;
  #session = 0;

  constructor(
    name: string,
    film: { readonly key: string; readonly duration: number },
    report: (query: URLSearchParams) => Promise<void>,
  ) {
    this.name = name;
    this.item = film.key;
    this.#duration = film.duration;
    this.#report = report;
  }

  /** One step; the report has been acknowledged when it resolves. @param random from 0 to below 1 */
  async step(random: number): Promise<void> {
    if (this.#state === "stopped") {
      this.#session++;
      this.#isPast = false;
      await this.#say("playing", "started");
    } else if (random < 0.3) await this.#say("stopped", "stopped");
    else if (this.#state === "paused") await this.#say("playing", "resumed");
    else if (random < 0.65 || this.#isPast) await this.#say("paused", "paused");
    else {
      this.#isPast = true;
      await this.#say("playing", "scrobbled");
    }
  }

  /** Says again what it does: players do, and one that is silent for long counts as gone. */
  async repeat(): Promise<void> {
    if (this.#state !== "stopped") await this.#say(this.#state);
  }

  async #say(state: "stopped" | "playing" | "paused", fact?: Fact): Promise<void> {
    const time = String(Math.round(this.#isPast ? this.#duration * 0.95 : 0));
    await this.#report(
      new URLSearchParams({
        ...{
          ratingKey: this.item,
          key: `/library/metadata/${this.item}`,
          state,
          time,
          duration: String(this.#duration),
        },
        "X-Plex-Client-Identifier": this.name,
        "X-Plex-Session-Identifier": `${this.name}-${this.#session}`,
      }),
    );
    this.#state = state;
    if (fact !== undefined) this.facts.push(fact);
  }
}

interface State {
  readonly open: boolean;
  readonly paused: boolean;
}

/**
 * What can be known afterwards of facts that nobody heard, from a server's list of sessions and its history alone: how each
 * playback that was known ended or stands, which ones are new and stand, and what was played to its end.
 * @param heard all facts before them
 */
export function knowable(heard: readonly Fact[], missed: readonly Fact[]): Fact[] {
  const before = stateAfter(heard);
  const after = stateAfter([...heard, ...missed]);
  const ends = missed.includes("stopped");
  // A play is in the history, whatever became of its playback.
  const told: Fact[] = missed.filter((fact) => fact === "scrobbled");
  if (before.open && ends) told.push("stopped");
  if (after.open && (ends || !before.open)) told.push("started", ...(after.paused ? (["paused"] as const) : []));
  else if (before.open && !ends && before.paused !== after.paused) told.push(after.paused ? "paused" : "resumed");
  return told;
}

function stateAfter(facts: readonly Fact[]): State {
  let state: State = { open: false, paused: false };
  for (const fact of facts) {
    if (fact === "started") state = { open: true, paused: false };
    else if (fact === "stopped") state = { open: false, paused: false };
    else if (fact !== "scrobbled") state = { ...state, paused: fact === "paused" };
  }
  return state;
}
