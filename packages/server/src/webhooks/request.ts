import type { WebhookPayload } from "@reelay/protocol";
import { ReelayError } from "../support/index.ts";
import { customRequest, type FilledRequest } from "./custom-request.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
import { encodeBody, type RequestBody } from "./request-body.ts";
import { signatures } from "./signing.ts";

export interface RequestInput {
  readonly hook: Hook;
  readonly payload: WebhookPayload;
  /** The payload as it is sent. */
  readonly text: string;
  /** JPEG. Left out by hooks without pictures. */
  readonly thumb?: Uint8Array | undefined;
  /** The same in every attempt: `webhook-id`. */
  readonly deliveryId: string;
  /** Of the formats `plex` and `json`, when it was encoded before: what hooks are sent in common. Default: it is encoded. */
  readonly encoded?: RequestBody | undefined;
  /** 1, 2 … */
  readonly attempt: number;
  /** Epoch ms of what the event tells of. */
  readonly eventTime: number;
  /** Epoch ms of this attempt. */
  readonly now: number;
  readonly agents: Agents;
}

/** `User-Agent`s. */
export interface Agents {
  /** Of the format `plex`: what the server calls itself. */
  readonly plex: `PlexMediaServer/${string}`;
  /** Of the others. */
  readonly own: string;
}

type Headers = WebhookRequest["headers"];

/**
 * One attempt of a delivery as an HTTP request. Body and address are the same in every attempt; of the headers only `webhook-timestamp`,
 * `webhook-signature` and `Reelay-Attempt` differ.
 * @throws REELAY_SECRET_UNREADABLE for a hook that cannot be read
 */
export function buildRequest(input: RequestInput): WebhookRequest {
  const { hook } = input;
  if (hook.unreadable) throw new ReelayError("REELAY_SECRET_UNREADABLE", `The hook ${hook.id} cannot be read.`);
  if (hook.format === "custom") return custom(customRequest(hook, input.payload), input);
  const { text, thumb, deliveryId, encoded = encodeBody(hook, text, thumb, deliveryId) } = input;
  const { body, type } = encoded;
  const agent = hook.format === "plex" ? input.agents.plex : input.agents.own;
  return {
    method: "POST",
    url: hook.url,
    headers: [
      ["User-Agent", agent],
      ["Content-Length", String(body.length)],
      ["Content-Type", type],
      ...ourHeaders(input, body),
      ...Object.entries(hook.headers),
    ],
    body,
    missing: [],
  };
}

function custom({ headers, body, ...filled }: FilledRequest, input: RequestInput): WebhookRequest {
  const named = headers.some(([name]) => name.toLowerCase() === "user-agent");
  const hasBody = body.length > 0 || !["GET", "DELETE"].includes(filled.method);
  return {
    ...filled,
    headers: [
      ...(named ? [] : ([["User-Agent", input.agents.own]] as const)),
      ...(hasBody ? ([["Content-Length", String(body.length)]] as const) : []),
      ...headers,
      ...ourHeaders(input, body),
    ],
    body,
  };
}

/** Those of Standard Webhooks, and when it happened: a receiver may leave out what is late. */
function ourHeaders({ hook, deliveryId, attempt, eventTime, now }: RequestInput, body: Uint8Array): Headers {
  const timestamp = Math.floor(now / 1000);
  const [newest = "", ...older] = hook.secrets;
  const valid = now < (hook.oldSecretUntil ?? 0) ? [newest, ...older] : [newest];
  return [
    ["webhook-id", deliveryId],
    ["webhook-timestamp", String(timestamp)],
    ["webhook-signature", signatures(valid, { id: deliveryId, timestamp, body })],
    ["Reelay-Event-Time", new Date(eventTime).toISOString()],
    ["Reelay-Attempt", String(attempt)],
  ];
}
