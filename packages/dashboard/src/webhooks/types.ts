import type { Match, WebhookEventName } from "@reelay/protocol";

/** A hook as the API shows it. Times in epoch ms, ages in ms. */
export interface Hook {
  readonly id: string;
  readonly accountId: number;
  /** null while it cannot be read. */
  readonly url: string | null;
  readonly description: string;
  /** Empty: all. */
  readonly events: readonly WebhookEventName[];
  readonly filter: Match;
  readonly format: "plex" | "json" | "custom";
  readonly thumb: boolean;
  readonly custom?: { readonly method: string; readonly body: string };
  /** Values that may be secret are `***`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly { readonly masked: string; readonly until?: number }[];
  readonly maxAge: { readonly live: number | null; readonly record: number | null };
  readonly latestOnly: boolean;
  readonly settleMs: number;
  readonly enabled: boolean;
  readonly disabledReason?: "by-hand" | "gone" | "failing";
  readonly failingSince?: number;
  readonly unreadable?: string;
  readonly createdAt: number;
}

export type DeliveryState = "waiting" | "delivered" | "expired" | "superseded" | "settled" | "dropped";

/** One webhook event for one hook. */
export interface Delivery {
  readonly id: string;
  readonly hookId: string;
  readonly event: WebhookEventName;
  /** null for a test. */
  readonly eventId: string | null;
  /** Of the item that it is about. */
  readonly title: string | null;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly eventTime: number;
  readonly createdAt: number;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly endedAt: number | null;
  readonly attempts: number;
}

/** ms */
export interface Timings {
  readonly dns?: number;
  readonly connect?: number;
  readonly tls?: number;
  /** From the start. */
  readonly firstByte?: number;
  readonly total: number;
}

/** One request. */
export interface Attempt {
  readonly number: number;
  readonly at: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly message?: string;
  readonly request: {
    readonly method: string;
    readonly origin: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly bytes: number;
  } | null;
  readonly answer: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly cut: boolean;
  } | null;
  readonly timings: Timings;
}

export interface RecordedDelivery extends Delivery {
  readonly payload: object;
  readonly record: readonly Attempt[];
}

/** What a hook would have made of the last events. */
export interface Preview {
  readonly events: readonly {
    readonly eventId: string;
    readonly time: number;
    readonly event: string;
    readonly title?: string;
    readonly send: boolean;
    readonly explanation?: string;
    readonly request?: { readonly method: string; readonly url: string; readonly body: string };
  }[];
  readonly sent: number;
}

/** What became of one event. */
export interface EventOutcome {
  readonly forms: { readonly webhooks: readonly { readonly event: string; readonly payload: object }[] };
  readonly deliveries: readonly Delivery[];
  readonly notSent: readonly {
    readonly hookId: string;
    readonly event: string | null;
    readonly reason: string;
    readonly explanation: string;
  }[];
}
