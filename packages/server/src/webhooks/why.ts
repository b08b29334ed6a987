import { entryOfRow, type LogEntry, type MediaEvent, maySee, type Rights, readSnapshot } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryColumns, deliveryOfRow } from "./delivery-row.ts";
import type { Hook, HookDirectory } from "./hook.ts";
import { isWebhook, type Message, Messages, type PlanContext, type Unsent, type UnsentReason } from "./plan.ts";

/** Why a hook was not sent an event. Besides the planner's own reasons those that follow from what it did not write. */
export type WhyNot =
  | UnsentReason
  /** No webhook tells of such an event. */
  | "not-a-webhook"
  /** Its account may not see it, or is none of those that are told. */
  | "no-access"
  /** The hook was added later. */
  | "not-there-yet"
  /** The planner has not come to it yet. */
  | "not-planned-yet"
  /** New to the library in a section's first scan. */
  | "first-scan"
  /** It was there before, and its disk or its file was away. */
  | "returned"
  /** It was known, and has another file now. */
  | "better-file"
  /** It waits for what arrives with it. */
  | "rolling-up"
  /** It happened before there were webhooks, or so long ago that the decision is not kept. */
  | "not-kept";

export interface NotSent {
  readonly hookId: string;
  /** The webhook event; null where it is about all. */
  readonly event: string | null;
  readonly reason: WhyNot;
  /** The field of a filter, the event that stands for it … */
  readonly detail: string | null;
}

export interface WhyOptions {
  readonly database: Database;
  readonly hooks: HookDirectory;
  readonly context: () => PlanContext;
  /** The `seq` through which the log is planned. */
  readonly planned: () => number;
}

/** What became of one media event as webhooks. */
export class Why {
  readonly #options: WhyOptions;

  constructor(options: WhyOptions) {
    this.#options = options;
  }

  /** @returns undefined for one that is not kept, or that these rights may not see */
  event(id: string, rights: Rights): LogEntry | undefined {
    const row = this.#options.database.read.get(
      `SELECT seq, id, type, version, time, origin, audience, subject, facts, snapshot FROM events WHERE id = ?`,
      id,
    );
    if (row === undefined) return undefined;
    const entry = entryOfRow(row);
    return maySee(rights, entry.event.audience) ? entry : undefined;
  }

  /** What its webhooks tell this account. */
  messages({ event }: LogEntry, accountId: number): readonly Message[] {
    const { database, context } = this.#options;
    const snapshot = event.snapshot === undefined ? undefined : readSnapshot(database.read, event.snapshot);
    return new Messages(event, snapshot, context()).for(accountId);
  }

  /** Of these hooks, the first thousand. */
  deliveries({ event }: LogEntry, hooks: readonly Hook[]): Delivery[] {
    return this.#options.database.read
      .all(
        `SELECT ${deliveryColumns} FROM told_deliveries
         WHERE event_id = ? AND hook_id IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT 1000`,
        event.id,
        JSON.stringify(hooks.map(({ id }) => id)),
      )
      .map(deliveryOfRow);
  }

  /** For each of these hooks why there is no delivery. */
  notSent(entry: LogEntry, hooks: readonly Hook[]): NotSent[] {
    const { event, seq } = entry;
    const told = this.#told(event.id);
    const plan = this.#plan(event.id);
    return hooks.flatMap((hook): NotSent[] => {
      const own = (plan?.unsent ?? []).filter(([id]) => id === hook.id || id === "*");
      if (own.length > 0) return own.map((unsent) => notSent(hook.id, unsent));
      if (told.has(hook.id)) return [];
      const reason = arrivalReason(event) ?? this.#reasonFor(hook, event, seq, plan);
      return [{ hookId: hook.id, event: null, reason, detail: null }];
    });
  }

  #reasonFor(hook: Hook, event: MediaEvent, seq: number, plan: Plan | undefined): WhyNot {
    if (!isWebhook(event)) return "not-a-webhook";
    if (seq > this.#options.planned()) return "not-planned-yet";
    // Without any hook there was nothing to decide.
    if (plan === undefined) return hook.createdAt > event.time ? "not-there-yet" : "not-kept";
    // What its account is told of, it is sent, or there is a reason.
    return hook.createdAt > plan.time ? "not-there-yet" : "no-access";
  }

  /** All hooks that have a delivery of it. */
  #told(eventId: string): ReadonlySet<string> {
    const rows = this.#options.database.read.all(
      "SELECT DISTINCT hook_id FROM told_deliveries WHERE event_id = ?",
      eventId,
    );
    return new Set(rows.map(({ hook_id }) => String(hook_id)));
  }

  #plan(eventId: string): Plan | undefined {
    const row = this.#options.database.read.get("SELECT time, unsent FROM plans WHERE event_id = ?", eventId);
    return row && { time: Number(row.time), unsent: JSON.parse(String(row.unsent)) as Unsent[] };
  }
}

/** Of an item that is told by the one that it arrived with, or not at all. */
function arrivalReason(event: MediaEvent): WhyNot | undefined {
  if (event.type === "item.updated") return event.facts.arrival;
  if (event.type !== "item.ready" || event.facts.arrival === undefined) return undefined;
  return event.facts.arrival === "new" ? "rolling-up" : event.facts.arrival;
}

interface Plan {
  readonly time: number;
  readonly unsent: readonly Unsent[];
}

function notSent(hookId: string, [, name, reason, detail]: Unsent): NotSent {
  return { hookId, event: name === "*" ? null : name, reason, detail: detail ?? null };
}
