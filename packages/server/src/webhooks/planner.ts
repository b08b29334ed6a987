import { createHash } from "node:crypto";
import { type WebhookEventName, webhookEvents } from "@reelay/protocol";
import { type EventLog, type FreshEntry, type ItemSnapshot, type MediaEvent, readSnapshot } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError, uuidv7 } from "../support/index.ts";
import type { Deliveries, EndedRow, PlannedDelivery } from "./deliveries.ts";
import type { StoredMessage } from "./delivery.ts";
import type { Hook, HookDirectory } from "./hook.ts";
import {
  isLatestFor,
  isPlayFor,
  isWebhook,
  liveEvents,
  type Message,
  Messages,
  type PlanContext,
  type Unsent,
  verdictOn,
} from "./plan.ts";

/** In `meta`: how far the log is planned. */
const CURSOR = "webhooks_cursor";
/** Of one turn: the design's limit is 5 ms, and the COMMIT comes after it. */
const TURN_MS = 2;
const TURN_HOOKS = 1_000;
/** Events that are no webhook events move the cursor only each so many: to pass them again costs nothing. */
const CURSOR_STEP = 1_000;
/** As few events are planned at once, others with what else is written in the turn. */
const AT_ONCE = 4;
/** After a failure of the storage. */
const AGAIN_MS = 2_000;

/** Through `seq` everything is planned; of `event`, which comes after it, the hooks through `hook`. */
interface Cursor {
  readonly seq: number;
  readonly event?: string;
  readonly hook?: string;
}

/** What a turn has done, told after its COMMIT. */
export interface Planned {
  readonly waiting: readonly PlannedDelivery[];
  readonly ended: readonly EndedRow[];
}

export interface PlannerOptions {
  readonly database: Database;
  readonly deliveries: Deliveries;
  readonly log: EventLog;
  readonly hooks: HookDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** As things are now. */
  readonly context: () => PlanContext;
  readonly onPlanned: (planned: Planned) => void;
}

/**
 * Follows the log with a durable cursor. In one transaction it inserts the deliveries of an event, writes why there are
 * no others, and moves the cursor: an event is planned once for each hook, however often the process is killed. Where the
 * log tells of events before their COMMIT, a few are planned in the same one: then there is only one to wait for.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #stop = new AbortController();
  #cursor: Cursor = { seq: 0 };
  #written = 0;
  /** A turn waits for its COMMIT: the cursor is about to move. */
  #turning = false;
  /** In the order of their ids; undefined after a change. */
  #hooks: readonly Hook[] | undefined;
  #running: Promise<void> | undefined;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** The `seq` through which the log is planned. */
  get planned(): number {
    return this.#cursor.seq;
  }

  /** Goes on where it was; in a new database with what comes. */
  async start(): Promise<void> {
    const { database, log } = this.#options;
    const stored = database.read.get("SELECT value FROM meta WHERE key = ?", CURSOR)?.value;
    if (stored === undefined) {
      this.#cursor = { seq: log.last() };
      await database.transaction((tx) => this.#write(tx, this.#cursor));
    } else {
      this.#cursor = JSON.parse(String(stored)) as Cursor;
    }
    this.#written = this.#cursor.seq;
    this.#stop.signal.addEventListener(
      "abort",
      this.#options.hooks.onChange(() => {
        this.#hooks = undefined;
      }),
    );
    const unlisten = log.onAppended?.((entries) => this.#appended(entries));
    if (unlisten !== undefined) this.#stop.signal.addEventListener("abort", unlisten);
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stop;
    for await (const entries of log.follow(this.#cursor.seq, signal)) {
      let rest = entries;
      while (rest.length > 0 && !signal.aborted) {
        try {
          rest = await this.#turn(rest);
        } catch (error) {
          if (error instanceof ReelayError && error.code === "REELAY_SHUTTING_DOWN") return;
          // A full disk or a damaged file: told by others. The cursor stays, nothing is lost.
          this.#options.logger.warn({ err: error }, "webhooks cannot be planned, trying again");
          await this.#wait(AGAIN_MS);
        }
      }
    }
  }

  /** Plans as much as one turn may. @returns what is left */
  async #turn(given: readonly FreshEntry[]): Promise<readonly FreshEntry[]> {
    // Some may be planned already, see below.
    const entries = given.filter(({ seq }) => seq > this.#cursor.seq);
    if (entries.length === 0 || this.#pass(entries)) return [];
    const { database } = this.#options;
    // Of many events the end of the turn is soon enough.
    const write = entries.length <= AT_ONCE ? database.soon.bind(database) : database.transaction.bind(database);
    this.#turning = true;
    try {
      const planned = await write((tx) => this.#plan(tx, entries));
      this.#planned(planned);
      return planned.rest;
    } finally {
      this.#turning = false;
    }
  }

  /** Right before their COMMIT. What is much, or not next, is planned as the log is followed. */
  #appended(entries: readonly FreshEntry[]): void {
    const isNext = entries[0]?.seq === this.#cursor.seq + 1 && this.#cursor.event === undefined;
    if (entries.length > AT_ONCE || !isNext || this.#turning || this.#stop.signal.aborted) return;
    if (!entries.some(({ event }) => isWebhook(event))) return;
    const planned = this.#options.database.transaction((tx) => {
      const turn = this.#plan(tx, entries);
      tx.afterCommit(() => this.#planned(turn));
    });
    // Whoever follows the log comes to the same entries, and tells what is wrong.
    planned.catch(() => undefined);
  }

  /** @returns whether no webhook can come of these: then the cursor is past them, and is written later */
  #pass(entries: readonly FreshEntry[]): boolean {
    const last = entries.at(-1)?.seq ?? this.#cursor.seq;
    if (last - this.#written >= CURSOR_STEP || entries.some(({ event }) => isWebhook(event))) return false;
    this.#cursor = { seq: last };
    return true;
  }

  #plan(tx: Transaction, entries: readonly FreshEntry[]): PlannedTurn {
    const turn = new Turn(tx, this.#options, this.#options.context(), this.#cursor);
    const rest = turn.plan(entries, this.#sortedHooks());
    this.#write(tx, turn.cursor);
    return { rest, cursor: turn.cursor, waiting: turn.waiting, ended: turn.ended };
  }

  /** It is committed. */
  #planned({ rest: _, cursor, ...planned }: PlannedTurn): void {
    this.#cursor = cursor;
    this.#written = cursor.seq;
    if (planned.waiting.length > 0 || planned.ended.length > 0) this.#options.onPlanned(planned);
  }

  /** Sorted once, not in each turn: there may be thousands. */
  #sortedHooks(): readonly Hook[] {
    this.#hooks ??= this.#options.hooks.list().toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return this.#hooks;
  }

  #write(tx: Transaction, cursor: Cursor): void {
    tx.run(
      "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      CURSOR,
      JSON.stringify(cursor),
    );
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      signal.addEventListener(
        "abort",
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

interface PlannedTurn extends Planned {
  readonly rest: readonly FreshEntry[];
  readonly cursor: Cursor;
}

/** What is planned in one transaction. */
class Turn {
  readonly waiting: PlannedDelivery[] = [];
  readonly ended: EndedRow[] = [];
  cursor: Cursor;
  readonly #tx: Transaction;
  readonly #options: PlannerOptions;
  readonly #context: PlanContext;
  readonly #now: number;
  readonly #started = performance.now();
  readonly #stored = new Map<Message, StoredMessage>();
  #looked = 0;

  constructor(tx: Transaction, options: PlannerOptions, context: PlanContext, cursor: Cursor) {
    this.#tx = tx;
    this.#options = options;
    this.#context = context;
    this.#now = options.clock.now();
    this.cursor = cursor;
  }

  /**
   * @param hooks in the order of their ids, by which the cursor says how far it came
   * @returns the entries that are left when the turn is used up
   */
  plan(entries: readonly FreshEntry[], hooks: readonly Hook[]): readonly FreshEntry[] {
    for (const [index, { seq, event, item }] of entries.entries()) {
      if (isWebhook(event) && hooks.length > 0) {
        const done = this.#event(event, item, hooks);
        if (done !== undefined) {
          this.cursor = { seq: this.cursor.seq, event: event.id, hook: done };
          return entries.slice(index);
        }
      }
      this.cursor = { seq };
    }
    return [];
  }

  /** @returns the last hook that was looked at when the turn was used up before the end */
  #event(event: MediaEvent, item: ItemSnapshot | undefined, hooks: readonly Hook[]): string | undefined {
    const after = this.cursor.event === event.id ? (this.cursor.hook ?? "") : "";
    const snapshot = item ?? (event.snapshot === undefined ? undefined : readSnapshot(this.#tx, event.snapshot));
    const messages = new Messages(event, snapshot, this.#context);
    const unsent: Unsent[] = [];
    let last: string | undefined;
    for (const hook of hooks) {
      if (hook.id <= after) continue;
      if (last !== undefined && this.#isUsedUp()) {
        this.#note(event, unsent);
        return last;
      }
      this.#hook(messages, hook, unsent);
      last = hook.id;
      this.#looked++;
    }
    this.#note(event, unsent);
    this.#noteRolledUp(event);
    return undefined;
  }

  #hook(messages: Messages, hook: Hook, unsent: Unsent[]): void {
    const { event } = messages;
    let told: readonly Message[];
    try {
      told = messages.for(hook.accountId);
    } catch (error) {
      // One event that cannot be shown must not hold up all that come after it.
      this.#options.logger.error({ err: error, event: event.id, type: event.type }, "cannot be made a webhook");
      unsent.push([hook.id, "*", "failed", error instanceof Error ? error.message : String(error)]);
      return;
    }
    for (const message of told) {
      if (hook.enabled && hook.settleMs > 0 && isPlayFor(hook, message)) this.#settle(event, hook, message);
      const verdict = verdictOn(message, hook, this.#context.switches);
      if (verdict.send) this.#insert(event, hook, message);
      else {
        if (hook.enabled && hook.latestOnly && isLatestFor(hook, message)) this.#supersede(event, hook, message);
        const { reason, detail } = verdict;
        unsent.push(detail === undefined ? [hook.id, message.name, reason] : [hook.id, message.name, reason, detail]);
      }
    }
  }

  #insert(event: MediaEvent, hook: Hook, message: Message): void {
    const { deliveries } = this.#options;
    const { name } = message;
    const stored = this.#store(event, hook.accountId, message);
    const maxAge = hook.maxAge[webhookEvents[name].freshness];
    const held = name === "media.stop" || name === "media.pause" ? hook.settleMs : 0;
    const planned = deliveries.insert(this.#tx, stored, {
      id: deliveryId(event, hook.id, name, this.#now),
      hookId: hook.id,
      createdAt: this.#now,
      // Never held longer than that from now, whatever time the event tells.
      dueAt: Math.min(Math.max(this.#now, event.time + held), this.#now + held),
      expiresAt: maxAge === null ? null : event.time + maxAge,
    });
    if (planned === undefined) return;
    this.waiting.push(planned);
    if (hook.latestOnly && liveEvents.includes(name)) this.#supersede(event, hook, message);
  }

  /** What waits of the same player for this hook. Of one event several may be told: none takes the place of another. */
  #supersede(event: MediaEvent, hook: Hook, { name, payload }: Message): void {
    const player = payload.Player?.uuid;
    if (player === undefined) return;
    const newer = { hookId: hook.id, player, eventId: event.id };
    const reason = `${name} of the same player came after it (event ${event.id})`;
    this.ended.push(...this.#options.deliveries.supersede(this.#tx, newer, liveEvents, reason, this.#now));
  }

  /** For all hooks of an account. */
  #store(event: MediaEvent, accountId: number, message: Message): StoredMessage {
    let stored = this.#stored.get(message);
    if (stored === undefined) {
      const { name, payload, text } = message;
      stored = this.#options.deliveries.message(this.#tx, {
        eventId: event.id,
        name,
        accountId,
        subject: event.subject,
        player: payload.Player?.uuid ?? null,
        snapshot: webhookEvents[name].thumb ? (event.snapshot ?? null) : null,
        payload: text,
        eventTime: event.time,
      });
      this.#stored.set(message, stored);
    }
    return stored;
  }

  #settle(event: MediaEvent, hook: Hook, { name, payload }: Message): void {
    const player = payload.Player?.uuid;
    if (player === undefined) return;
    const play = { hookId: hook.id, player, since: event.time - hook.settleMs };
    const reason = `${name} of the same player followed within ${hook.settleMs} ms (event ${event.id})`;
    this.ended.push(...this.#options.deliveries.settle(this.#tx, play, reason, this.#now));
  }

  #isUsedUp(): boolean {
    return this.#looked >= TURN_HOOKS || performance.now() - this.#started > TURN_MS;
  }

  #note(event: MediaEvent, unsent: readonly Unsent[]): void {
    const insert = "INSERT INTO plans (event_id, time, unsent) VALUES (?, ?, ?) ON CONFLICT (event_id) DO NOTHING";
    if (this.#tx.run(insert, event.id, this.#now, JSON.stringify(unsent)).changes === 1) return;
    // Of the turn before this one, or of what it arrived with.
    const before = String(this.#tx.get("SELECT unsent FROM plans WHERE event_id = ?", event.id)?.unsent);
    const all = [...(JSON.parse(before) as Unsent[]), ...unsent];
    this.#tx.run("UPDATE plans SET time = ?, unsent = ? WHERE event_id = ?", this.#now, JSON.stringify(all), event.id);
  }

  /** Of the events that this one stands for, that it does. */
  #noteRolledUp(event: MediaEvent): void {
    if (event.type !== "item.arrived") return;
    const unsent = JSON.stringify([["*", "library.new", "rolled-up", event.id]]);
    for (const id of event.facts.rolledUp) {
      this.#tx.run("INSERT OR IGNORE INTO plans (event_id, time, unsent) VALUES (?, ?, ?)", id, this.#now, unsent);
    }
  }
}

/**
 * The `webhook-id`. That the database is damaged was perhaps told from memory already, by an alarm of the same time: a
 * receiver sees that it is the same.
 */
export function deliveryId(
  event: Pick<MediaEvent, "type" | "time">,
  hookId: string,
  name: WebhookEventName,
  now: number,
): string {
  if (event.type !== "database.corrupted") return `msg_${uuidv7(now)}`;
  return `msg_${createHash("sha256").update(`${hookId} ${name} ${event.time}`).digest("hex").slice(0, 32)}`;
}
