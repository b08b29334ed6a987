import { explain, type FieldCheck } from "@reelay/protocol";
import { entryOfRow, type MediaEvent, readSnapshot, webhookRules } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { requestShown } from "./attempt-record.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
import { type Message, Messages, type PlanContext, type UnsentReason, verdictOn } from "./plan.ts";
import { subjectOf } from "./recipient.ts";
import { inWords } from "./words.ts";

/** Of a preview, requests that are shown whole. */
const SHOWN = 5;
const TIME_LIMIT_MS = 5_000;

/** What a hook would have made of one webhook event. */
export interface Previewed {
  readonly eventId: string;
  /** Epoch ms. */
  readonly time: number;
  readonly event: Message["name"];
  readonly send: boolean;
  /** Of the item that it is about. */
  readonly title?: string;
  readonly reason?: UnsentReason;
  /** The reason, for people. */
  readonly explanation?: string;
  /** How each field of the filter was decided. */
  readonly checks: readonly FieldCheck[];
  readonly request?: PreviewedRequest;
}

export interface PreviewedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Without the picture. */
  readonly body: string;
  readonly missing: readonly string[];
}

export interface PreviewOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly context: () => PlanContext;
  readonly request: (hook: Hook, message: Message, event: MediaEvent) => WebhookRequest;
}

/** Tries the settings of a hook on what has happened, and sends nothing. */
export class Preview {
  readonly #options: PreviewOptions;

  constructor(options: PreviewOptions) {
    this.#options = options;
  }

  /**
   * Newest first. What its account is not told of is not there; a hook that is disabled is taken for enabled.
   * @param last of the events that could be webhooks
   */
  async run(hook: Hook, last: number, signal?: AbortSignal): Promise<Previewed[]> {
    const events = await this.#recent(last, signal);
    const context = this.#options.context();
    const enabled = { ...hook, enabled: true };
    const previewed: Previewed[] = [];
    let shown = 0;
    for (const event of events) {
      const snapshot =
        event.snapshot === undefined ? undefined : readSnapshot(this.#options.database.read, event.snapshot);
      for (const message of new Messages(event, snapshot, context).for(hook.accountId)) {
        const verdict = verdictOn(message, enabled, context.switches);
        const title = message.payload.Metadata?.title;
        const request = verdict.send && shown++ < SHOWN ? this.#request(hook, message, event) : undefined;
        previewed.push({
          eventId: event.id,
          time: event.time,
          event: message.name,
          send: verdict.send,
          ...(typeof title === "string" ? { title } : {}),
          ...(verdict.send ? {} : { reason: verdict.reason, explanation: inWords(verdict.reason, verdict.detail) }),
          checks: explain(hook.filter, subjectOf(message.payload)).checks,
          ...(request === undefined ? {} : { request }),
        });
      }
    }
    return previewed;
  }

  #request(hook: Hook, message: Message, event: MediaEvent): PreviewedRequest {
    const request = this.#options.request(hook, message, event);
    const { method, headers } = requestShown(request);
    const body = hook.format === "custom" ? Buffer.from(request.body).toString("utf8") : message.text;
    return { method, url: request.url, headers, body, missing: request.missing };
  }

  async #recent(last: number, signal: AbortSignal | undefined): Promise<MediaEvent[]> {
    const types = [...new Set(Object.values(webhookRules).flatMap(({ causes }) => causes))];
    const rows = await this.#options.database.readLong(
      `SELECT seq, id, type, version, time, origin, audience, subject, facts, snapshot FROM events
       WHERE reelay_alive() AND type IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT ?`,
      [JSON.stringify(types), last],
      { maxRows: last, timeoutMs: TIME_LIMIT_MS, ...(signal === undefined ? {} : { signal }) },
    );
    return rows.map((row) => entryOfRow(row).event);
  }
}
