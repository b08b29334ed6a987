import type { ErrorCode } from "../support/index.ts";
import type { Hook, Reach } from "./hook.ts";
import type { Outcome, Outgoing } from "./outgoing.ts";
import type { Agents } from "./request.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly agents: Agents;
}

/** A payload, and what its boundary is made of. */
export interface KeptText {
  readonly message: number | undefined;
  readonly text: string;
  readonly seed: string;
}

export interface KeptHook {
  readonly hook: Hook;
  readonly reach: Reach;
}

/** What the thread keeps under a number, so that it crosses once for many attempts. */
export type Kept = KeptHook | KeptText | Uint8Array;

/** To the thread: what is new first, then attempts, then what it may forget. */
export interface Batch {
  readonly kept: readonly (readonly [id: number, value: Kept])[];
  /** {@link putJob} */
  readonly jobs: readonly (string | number)[];
  readonly gone: readonly number[];
}

/** From the thread: {@link putOutcome}. */
export type Reply = readonly (string | number)[];

/** An attempt of which the parts are kept in the thread. */
export interface Job {
  readonly id: number;
  readonly hook: number;
  readonly text: number;
  /** 0: none. */
  readonly thumb: number;
}

// One list of simple values for a whole batch: cloning an object for each attempt takes several times as long.

export function putJob(into: (string | number)[], job: Job, one: Outgoing): void {
  into.push(job.id, job.hook, job.text, job.thumb, one.deliveryId, one.attempt, one.eventTime, one.now);
}

type Numbers = Pick<Outgoing, "deliveryId" | "attempt" | "eventTime" | "now">;

export function* jobsOf(jobs: Batch["jobs"]): Generator<[Job, Numbers]> {
  for (let at = 0; at < jobs.length; at += 8) {
    const [id, hook, text, thumb, deliveryId, attempt, eventTime, now] = jobs.slice(at, at + 8);
    yield [
      { id: Number(id), hook: Number(hook), text: Number(text), thumb: Number(thumb) },
      {
        deliveryId: String(deliveryId),
        attempt: Number(attempt),
        eventTime: Number(eventTime),
        now: Number(now),
      },
    ];
  }
}

export function putOutcome(into: (string | number)[], id: number, outcome: Outcome): void {
  const { status, error, retryAfter, form, detail } = outcome;
  into.push(id, status ?? 0, error ?? "", retryAfter ?? -1, form?.id ?? -1, form?.text ?? "", detail);
}

export function* outcomesOf(reply: Reply): Generator<[id: number, outcome: Outcome]> {
  for (let at = 0; at < reply.length; at += 7) {
    const [id, status, error, retryAfter, formId, formText, detail] = reply.slice(at, at + 7);
    const outcome: Outcome = {
      status: status === 0 ? null : Number(status),
      error: error === "" ? null : (error as ErrorCode),
      retryAfter: retryAfter === -1 ? undefined : Number(retryAfter),
      form: formId === -1 ? undefined : { id: Number(formId), text: String(formText) },
      detail: String(detail),
    };
    yield [Number(id), outcome];
  }
}
