import {
  type ActivityFacts,
  type AudienceOf,
  audienceText,
  type NewMediaEvent,
  type Outbox,
  ProgressThrottle,
  parseAudience,
} from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError, uuidv7 } from "../support/index.ts";

type Audience = AudienceOf<"activity.started">;

export interface ActivityOptions {
  /** Given when it had to be told before the start. */
  readonly uuid?: string;
  /** As Plex names them: `library.update.section`, `library.refresh.items`. */
  readonly type: string;
  readonly title: string;
  readonly audience: Audience;
  /** The account that caused it; the owner for what the server does by itself. */
  readonly userID: number;
  readonly cancellable: boolean;
}

export interface ActivityChange {
  readonly subtitle?: string;
  /** 0 to 100. */
  readonly progress?: number;
  readonly context?: ActivityFacts["context"];
}

/** A running job as its owner holds it. */
export interface RunningActivity {
  readonly uuid: string;
  /** Aborts when somebody cancels the activity. */
  readonly signal: AbortSignal;
  /** Tells progress: at most two notifications a second, the last one always. */
  update(change: ActivityChange): void;
  /** Ends it in the transaction that makes its result durable. */
  end(tx: Transaction, change?: ActivityChange): void;
}

export interface ActivitiesOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Running {
  facts: ActivityFacts;
  readonly audience: Audience;
  readonly abort: AbortController;
}

/** What the server is busy with, as `/activities` and `activity` notifications tell it. */
export class Activities {
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #throttle: ProgressThrottle;
  readonly #running = new Map<string, Running>();

  constructor({ database, outbox, clock, log }: ActivitiesOptions) {
    this.#database = database;
    this.#outbox = outbox;
    this.#clock = clock;
    this.#throttle = new ProgressThrottle(clock, (event) => {
      database
        .transaction((tx) => {
          outbox.append(tx, [event]);
        })
        .catch((error) => log.warn({ err: error }, "progress could not be told"));
    });
  }

  /** Ends what a killed server left running: a client must not show it for ever. */
  async endInterrupted(): Promise<void> {
    await this.#database.transaction((tx) => {
      for (const row of tx.all("SELECT uuid, audience, state FROM activities")) {
        const facts = JSON.parse(String(row.state)) as ActivityFacts;
        // Those of scans were once for everybody with the section.
        const kept = parseAudience(String(row.audience));
        this.#outbox.append(tx, [
          ended(facts, kept.kind === "section" ? { kind: "account", accountId: facts.userID } : kept),
        ]);
      }
      tx.run("DELETE FROM activities");
    });
  }

  /** Starts an activity in the caller's transaction. */
  start(tx: Transaction, options: ActivityOptions): RunningActivity {
    const { type, title, audience, userID, cancellable, uuid = uuidv7(this.#clock.now()) } = options;
    const facts: ActivityFacts = { uuid, type, cancellable, userID, title, subtitle: "", progress: -1 };
    const running: Running = { facts, audience, abort: new AbortController() };
    tx.run(
      "INSERT INTO activities (uuid, audience, started_at, state) VALUES (?, ?, ?, ?)",
      uuid,
      audienceText(audience),
      this.#clock.now(),
      JSON.stringify(facts),
    );
    this.#outbox.append(tx, [{ type: "activity.started", audience, subject: `activity:${uuid}`, facts }]);
    tx.afterCommit(() => this.#running.set(uuid, running));
    return {
      uuid,
      signal: running.abort.signal,
      update: (change) => {
        running.facts = changed(running.facts, change);
        this.#throttle.offer({ type: "activity.updated", audience, subject: `activity:${uuid}`, facts: running.facts });
      },
      end: (tx, change = {}) => {
        running.facts = changed(running.facts, change);
        const held = this.#throttle.take("activity.updated", `activity:${uuid}`);
        this.#outbox.append(tx, [...held, ended(running.facts, audience)]);
        tx.run("DELETE FROM activities WHERE uuid = ?", uuid);
        tx.afterCommit(() => this.#running.delete(uuid));
      },
    };
  }

  /** Those that `sees` lets through, oldest first. */
  list(sees: (audience: Audience) => boolean): ActivityFacts[] {
    return [...this.#running.values()].filter((running) => sees(running.audience)).map((running) => running.facts);
  }

  /** @throws REELAY_NOT_FOUND (also for one that the caller may not see), REELAY_NOT_CANCELLABLE */
  cancel(uuid: string, sees: (audience: Audience) => boolean): void {
    const running = this.#running.get(uuid);
    if (running === undefined || !sees(running.audience))
      throw new ReelayError("REELAY_NOT_FOUND", "No such activity.");
    if (!running.facts.cancellable) throw new ReelayError("REELAY_NOT_CANCELLABLE");
    running.abort.abort(new ReelayError("REELAY_SHUTTING_DOWN", "cancelled"));
  }
}

function changed(facts: ActivityFacts, { subtitle, progress, context }: ActivityChange): ActivityFacts {
  return {
    ...facts,
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(progress === undefined ? {} : { progress }),
    // Context grows key by key as the work proceeds.
    ...(context === undefined ? {} : { context: { ...facts.context, ...context } }),
  };
}

function ended(facts: ActivityFacts, audience: Audience): NewMediaEvent {
  return { type: "activity.ended", audience, subject: `activity:${facts.uuid}`, facts };
}
