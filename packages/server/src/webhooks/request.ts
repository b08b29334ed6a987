import { hash } from "node:crypto";
import { encodeWebhookMultipart, multipartBoundary, multipartContentType, type WebhookPayload } from "@reelay/protocol";
import { reelayVersion } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { customRequest, type FilledRequest } from "./custom-request.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
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
  /** 1, 2 … */
  readonly attempt: number;
  /** Epoch ms of what the event tells of. */
  readonly eventTime: number;
  /** Epoch ms of this attempt. */
  readonly now: number;
  /** Of the format `plex`: what the server calls itself. */
  readonly userAgent: `PlexMediaServer/${string}`;
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
  const { body, type } = hook.format === "plex" ? multipart(input) : json(input);
  const agent = hook.format === "plex" ? input.userAgent : `Reelay/${reelayVersion}`;
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
      ...(named ? [] : ([["User-Agent", `Reelay/${reelayVersion}`]] as const)),
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

interface Body {
  readonly body: Uint8Array;
  readonly type: string;
}

/** `thumb`, if any, is the document's last key: a `data:` URL. */
function json({ hook, text, thumb }: RequestInput): Body {
  const picture = hook.thumb && thumb !== undefined ? `data:image/jpeg;base64,${base64(thumb)}` : undefined;
  const document = picture === undefined ? text : `${text.slice(0, -1)},"thumb":"${picture}"}`;
  return { body: Buffer.from(document), type: "application/json" };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** The boundary comes from the delivery, so that its bytes are the same in every attempt. */
function multipart({ hook, text, thumb, deliveryId }: RequestInput): Body {
  const random = hash("sha256", deliveryId, "buffer");
  const boundary = multipartBoundary((bytes) => bytes.set(random.subarray(0, bytes.length)));
  const picture = hook.thumb && thumb !== undefined ? { thumb } : {};
  return {
    body: encodeWebhookMultipart({ payload: text, ...picture }, boundary),
    type: multipartContentType(boundary),
  };
}
