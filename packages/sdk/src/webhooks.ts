export type {
  Match,
  ReceivedAccount,
  ReceivedMetadata,
  ReceivedPlayer,
  ReceivedServer,
  ReceivedWebhook,
  UnknownWebhook,
  WebhookEventName,
  WebhookThumb,
} from "@reelay/protocol";
export { WebhookError, type WebhookErrorCode } from "./webhooks/errors.ts";
export type { AnyWebhookHandler, WebhookErrorHandler, WebhookHandler } from "./webhooks/handlers.ts";
export type { NodeRequest, NodeResponse } from "./webhooks/node-door.ts";
export { createWebhookReceiver, type WebhookReceiver } from "./webhooks/receiver.ts";
export type {
  AnyWebhookDelivery,
  UnknownWebhookDelivery,
  WebhookDelivery,
  WebhookDeliveryParts,
  WebhookHandlerOptions,
  WebhookInput,
  WebhookReceiverOptions,
  WebhookTrust,
} from "./webhooks/types.ts";
