import type { WebhookEventName } from "@reelay/protocol";

/**
 * `waiting`: it will be sent, or sent again. `delivered`: the receiver took it. `expired`: it was too old by then.
 * `superseded`: a newer event of the same player took its place. `settled`: a play followed so soon that the stop or pause
 * was needless. `dropped`: its hook was disabled or removed.
 */
export const deliveryStates = ["waiting", "delivered", "expired", "superseded", "settled", "dropped"] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** One webhook event for one hook. Times in epoch milliseconds. */
export interface Delivery {
  readonly seq: number;
  /** `msg_…`, the `webhook-id` of every attempt. */
  readonly id: string;
  readonly hookId: string;
  /** The number of the {@link StoredMessage} that it takes to its hook. */
  readonly message: number;
  /** The media event; null for a test. */
  readonly eventId: string | null;
  readonly name: WebhookEventName;
  readonly subject: string;
  readonly player: string | null;
  /** Where its picture is found; null: none is sent. */
  readonly snapshot: string | null;
  /** The JSON document: the same bytes in every attempt. */
  readonly payload: string;
  /** Of its cause. */
  readonly eventTime: number;
  readonly createdAt: number;
  readonly state: DeliveryState;
  /** Of the next attempt; null unless it waits. */
  readonly dueAt: number | null;
  /** null: not by age. */
  readonly expiresAt: number | null;
  /** That count: none does while the receiver is left alone. */
  readonly attempts: number;
  /** Why it ended, for people. */
  readonly reason: string | null;
  readonly endedAt: number | null;
}

const TRIAL = "trial:";

/** The subject of a test, which belongs to nothing that happened. */
export const trialSubject = (id: string): string => `${TRIAL}${id}`;

export const isTrial = ({ subject }: Pick<Delivery, "subject">): boolean => subject.startsWith(TRIAL);

/** What an account is told of an event: the same for all of its hooks. */
export type StoredMessage = Pick<
  Delivery,
  "message" | "eventId" | "name" | "subject" | "player" | "snapshot" | "payload" | "eventTime"
>;

/** @property accountId null for a test, which is made for one hook */
export type NewMessage = Omit<StoredMessage, "message"> & { readonly accountId: number | null };

/** A message for one hook, as it is planned. */
export type NewDelivery = Pick<Delivery, "id" | "hookId" | "createdAt" | "expiresAt"> & { readonly dueAt: number };

/** One HTTP request of a delivery, as the record shows it. */
export interface Attempt {
  readonly number: number;
  /** At its beginning. */
  readonly at: number;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  /** `REELAY_…`; null for a success. */
  readonly error: string | null;
  readonly detail: AttemptDetail;
}

export interface AttemptDetail {
  /** What went out, less what is secret. */
  readonly request: {
    readonly method: string;
    /** Scheme, host and port; paths and queries hold secrets. */
    readonly origin: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** Of the body. */
    readonly bytes: number;
    /** Paths of a template that lead nowhere in the payload. */
    readonly missing?: readonly string[];
  } | null;
  readonly answer: {
    readonly headers: Readonly<Record<string, string>>;
    /** Its beginning. */
    readonly body: string;
    readonly cut: boolean;
  } | null;
  /** Milliseconds. */
  readonly timings: {
    readonly dns?: number;
    readonly connect?: number;
    readonly tls?: number;
    readonly firstByte?: number;
    readonly total: number;
  };
  /** What the system says of a failure. */
  readonly message?: string;
  /** How often it was sent again at once, because a kept connection had just been closed. */
  readonly reconnected?: number;
}
