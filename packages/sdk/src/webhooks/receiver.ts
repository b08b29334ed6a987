import {
  type JsonObject,
  matches,
  matchSubjectOfWebhook,
  parseWebhookBody,
  parseWebhookPayload,
  type WebhookBodyLimits,
  type WebhookEventName,
  type WebhookThumb,
} from "@reelay/protocol";
import type { Arrived, Core, ParsedBody } from "./core.ts";
import { refused, WebhookError } from "./errors.ts";
import { answerFetch } from "./fetch-door.ts";
import { filterOf } from "./filter.ts";
import { type AnyWebhookHandler, Handlers, type WebhookErrorHandler, type WebhookHandler } from "./handlers.ts";
import { answerNode, type NodeRequest, type NodeResponse } from "./node-door.ts";
import { checkEvents, checkOptions } from "./options.ts";
import { Repeats } from "./repeats.ts";
import { headerOf, trustOf } from "./trust.ts";
import type {
  AnyWebhookDelivery,
  WebhookHandlerOptions,
  WebhookInput,
  WebhookReceiverOptions,
  WebhookTrust,
} from "./types.ts";

/** Receives the webhooks of Plex Media Servers and of Reelay. */
export interface WebhookReceiver {
  /** Calls a handler for deliveries of one event, or of several. Handlers of one delivery run at the same time, deliveries of one player one after another. */
  on<N extends WebhookEventName>(
    event: N | readonly N[],
    handler: WebhookHandler<N>,
    options?: WebhookHandlerOptions,
  ): WebhookReceiver;
  /** Calls a handler for every delivery, also of events that this version does not know. */
  onAny(handler: AnyWebhookHandler, options?: WebhookHandlerOptions): WebhookReceiver;
  /** Is told of requests that were refused (`WebhookError`) and of handlers that failed, with the delivery. Without it, handlers that fail are told on the console. */
  onError(handler: WebhookErrorHandler): WebhookReceiver;
  /** The door for Workers, Bun, Deno, Hono, Next: `export default { fetch: receiver.fetch }`. Arguments behind the request may hold a `waitUntil`. */
  readonly fetch: (request: Request, ...context: unknown[]) => Promise<Response>;
  /** The door for `node:http`, Express and what is like them: `app.post("/plex", receiver.node)`. Best before body parsers; after one it takes what that left. */
  readonly node: (request: NodeRequest, response: NodeResponse) => Promise<void>;
  /** Reads and verifies one request without HTTP. Runs no handler, filters nothing and knows no repeats. @throws WebhookError */
  parse(input: WebhookInput): Promise<AnyWebhookDelivery>;
  /** Resolves when no handler runs any more: before a program ends, and in tests. */
  settled(): Promise<void>;
}

/** What goes around payload and picture in a body. */
const WRAPPING_BYTES = 64 * 1024;

/**
 * Makes a receiver. One receiver may be behind several doors at once.
 *
 * @throws TypeError for options that cannot be meant, such as a signing secret that is none, or a filter by what there is not
 */
export function createWebhookReceiver(options: WebhookReceiverOptions = {}): WebhookReceiver {
  checkOptions(options);
  const { maxPayloadBytes = 1024 * 1024, maxThumbBytes = 4 * 1024 * 1024, thumb = true } = options;
  const filter = filterOf(options.filter ?? {});
  const trust = trustOf(options);
  const repeats = new Repeats(options.dedupeWindowMs ?? 10_000);
  const handlers = new Handlers();

  async function read({ body, headers, url }: Arrived): Promise<AnyWebhookDelivery> {
    const now = Date.now();
    const bytes = body instanceof Uint8Array ? body : undefined;
    const trusted = await trust.check({ headers, url, body: bytes }, now);
    const limits = { maxPayloadBytes, maxThumbBytes, thumb };
    const parts =
      body instanceof Uint8Array ? parseWebhookBody(body, headerOf(headers, "content-type"), limits) : undefined;
    if (parts?.ok === false) throw refused(parts.error);
    const { payload, thumb: picture } = parts?.value ?? (body as ParsedBody);
    const parsed = parseWebhookPayload(payload);
    if (!parsed.ok) throw refused(parsed.error);
    // The limits of body parsers are others.
    if (parts === undefined) checkSizes(body as ParsedBody, limits);
    const { webhook, json } = parsed.value;
    trust.checkServer(webhook.Server.uuid);
    return deliveryOf({ webhook, json, headers, trusted, receivedAt: now, thumb: thumb ? picture : undefined });
  }

  const core: Core = {
    // A picture in a JSON document is Base64, a third longer.
    maxBytes: maxPayloadBytes + Math.ceil(maxThumbBytes / 3) * 4 + WRAPPING_BYTES,
    maxPayloadBytes,
    maxThumbBytes: thumb ? maxThumbBytes : null,
    needsBytes: trust.needsBytes,
    acknowledgesFirst: (options.ack ?? "before") === "before",
    report: (error) => handlers.report(error),
    async take(arrived) {
      const delivery = await read(arrived);
      const repeated = repeats.find(delivery);
      if (repeated) return { done: repeated };
      if (matches(filter, matchSubjectOfWebhook(delivery.json)) !== true) return null;
      const done = handlers.run(delivery);
      repeats.remember(delivery, done);
      return { done };
    },
  };

  const receiver: WebhookReceiver = {
    on(event, handler, handlerOptions = {}) {
      const events = typeof event === "string" ? [event] : [...event];
      checkEvents(events);
      // The list of events makes sure that only deliveries of those get there.
      handlers.add(events, handler as AnyWebhookHandler, handlerOptions);
      return receiver;
    },
    onAny(handler, handlerOptions = {}) {
      handlers.add(undefined, handler, handlerOptions);
      return receiver;
    },
    onError(handler) {
      handlers.addErrorHandler(handler);
      return receiver;
    },
    fetch: (request, ...context) => answerFetch(core, request, context),
    node: (request, response) => answerNode(core, request, response),
    async parse({ body, ...input }) {
      return read({ ...input, body: typeof body === "string" ? new TextEncoder().encode(body) : body });
    },
    settled: () => handlers.settled(),
  };
  return receiver;
}

/** @throws WebhookError for what a body parser has let through and is larger than this receiver takes */
function checkSizes({ payload, thumb }: ParsedBody, limits: Required<WebhookBodyLimits>): void {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const sizes = [
    ["payload", new TextEncoder().encode(text).length, limits.maxPayloadBytes],
    ["picture", limits.thumb ? (thumb?.data.length ?? 0) : 0, limits.maxThumbBytes],
  ] as const;
  for (const [what, size, most] of sizes)
    if (size > most) throw new WebhookError("too-large", `The ${what} is longer than ${most} bytes.`);
}

interface Read {
  readonly webhook: AnyWebhookDelivery["payload"];
  readonly json: JsonObject;
  readonly headers: WebhookInput["headers"];
  readonly trusted: WebhookTrust;
  readonly receivedAt: number;
  readonly thumb: WebhookThumb | undefined;
}

function deliveryOf({ webhook, json, headers, trusted, receivedAt, thumb }: Read): AnyWebhookDelivery {
  const id = headerOf(headers, "webhook-id");
  const eventTime = timeOf(headerOf(headers, "reelay-event-time"));
  return {
    event: webhook.event,
    payload: webhook,
    json,
    ...(thumb && { thumb }),
    ...(id === undefined || id === "" ? {} : { id: id.slice(0, 256) }),
    ...(eventTime === undefined ? {} : { eventTime }),
    receivedAt,
    trust: trusted,
  } as AnyWebhookDelivery;
}

/** ISO 8601, or epoch seconds or milliseconds. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{9,14}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(number)) return undefined;
  return number < 1e11 ? number * 1000 : number;
}
