import type { ErrorCode } from "../support/index.ts";
import type { AttemptForm } from "./attempt-form.ts";
import type { Hook } from "./hook.ts";

/** What one attempt sends. Times in epoch milliseconds. */
export interface Outgoing {
  readonly hook: Hook;
  /** Number of what several hooks are sent; undefined: it is made for this attempt. */
  readonly message: number | undefined;
  /** The payload as it is sent: JSON. */
  readonly text: string;
  /** What the boundary is made of: the same for all attempts. */
  readonly seed: string;
  /** JPEG. */
  readonly thumb: Uint8Array | undefined;
  /** `webhook-id` */
  readonly deliveryId: string;
  /** 1, 2 … */
  readonly attempt: number;
  readonly eventTime: number;
  /** Of this attempt. */
  readonly now: number;
}

/** What came of an attempt, as it is recorded. */
export interface Outcome {
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  /** null for a success. */
  readonly error: ErrorCode | null;
  /** Milliseconds that the receiver asks for. */
  readonly retryAfter: number | undefined;
  /** What is the same in all requests for the hook; missing for a custom request and for one that could not be built. */
  readonly form: AttemptForm | undefined;
  /** JSON, for the record. */
  readonly detail: string;
}

/** Makes requests, signs and sends them. */
export interface Carrier {
  /** Rejects only when it is not known what came of the attempt. */
  send(one: Outgoing): Promise<Outcome>;
  /** A hook is another now, or gone: nothing of what it was is kept. */
  changed(hookId: string): void;
  /** Makes ready, so that the first attempt need not wait for what is loaded. */
  warm(): void;
  close(): Promise<void>;
}
