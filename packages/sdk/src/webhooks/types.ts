import type {
  JsonObject,
  Match,
  OneOrMore,
  ReceivedWebhook,
  UnknownWebhook,
  WebhookEventName,
  WebhookThumb,
} from "@reelay/protocol";

/** How a receiver knows who sent a delivery: its signature, the secret in the URL, the server it names; `none` where nothing was asked for. */
export type WebhookTrust = "signature" | "secret" | "server" | "none";

/** What comes with every delivery. */
export interface WebhookDeliveryParts {
  /** The document as it came. */
  readonly json: JsonObject;
  /** The item's picture, on the events that carry one. */
  readonly thumb?: WebhookThumb;
  /** The same in every attempt of one delivery. Plex sends none. */
  readonly id?: string;
  /** When it happened, epoch ms: a delivery that was tried again is late. Plex does not say. */
  readonly eventTime?: number;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly trust: WebhookTrust;
}

/** A webhook as a handler gets it. `delivery.payload` is typed by the event. */
export type WebhookDelivery<N extends WebhookEventName = WebhookEventName> = N extends WebhookEventName
  ? WebhookDeliveryParts & { readonly event: N; readonly payload: ReceivedWebhook<N> }
  : never;

/** A delivery of an event that this version has no name for. */
export interface UnknownWebhookDelivery extends WebhookDeliveryParts {
  readonly event: string;
  readonly payload: UnknownWebhook;
}

/** What `onAny` gets. Since it may be an event that this version does not know, any part of the payload may be missing; handlers of `on` know more. */
export type AnyWebhookDelivery = WebhookDelivery | UnknownWebhookDelivery;

/** What a receiver asks of what it is sent. What cannot be meant is a TypeError: an unknown option, an empty list, a secret that is `undefined`. */
export interface WebhookReceiverOptions {
  /** Must be in the URL that the server calls, as `?secret=…`, `?token=…` or a part of the path. Several while it is changed. For Plex, which cannot sign. */
  readonly secret?: OneOrMore<string>;
  /** `whsec_…`: the secrets of the hook, for the signatures of Standard Webhooks. One must fit; a signature that does not is refused. Without `secret`, what is not signed is refused, too. */
  readonly signingSecrets?: OneOrMore<string>;
  /** How far the time of a signature may be off, seconds. Default 300. */
  readonly toleranceSeconds?: number;
  /** Machine identifiers (`Server.uuid`) from which deliveries are taken, whatever else is asked for. It is no secret: alone it keeps out mistakes, not attackers. */
  readonly allowServers?: OneOrMore<string>;
  /** Longest JSON document, bytes. Default 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** Largest picture, bytes. Default 4 MiB. */
  readonly maxThumbBytes?: number;
  /** `false`: read over pictures. Default true. */
  readonly thumb?: boolean;
  /** `"before"` (default): answer as soon as a delivery is known to be good, then run the handlers. `"after"`: answer when they are done, 500 if one fails, so that Reelay tries again. */
  readonly ack?: "before" | "after";
  /** A delivery without an id that says the same as the last one of its player is dropped for so long, milliseconds. Default 10,000; 0: never. Those with an id are known by it for a day. */
  readonly dedupeWindowMs?: number;
  /** What handlers are told of; `{}` (default): everything. What does not fit is answered with 200. */
  readonly filter?: Match;
}

/** Options of one handler. */
export interface WebhookHandlerOptions {
  /** Must fit as well as the receiver's. */
  readonly filter?: Match;
}

/** A request, wherever it came from. */
export interface WebhookInput {
  /** As it came over the wire: signatures are of these bytes. A string is taken as UTF-8. */
  readonly body: Uint8Array | string;
  /** `Headers` or a plain object; names in any case. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** With its path and query, for a secret in it; the host does not matter. */
  readonly url?: string | undefined;
}
