export { AddressPolicy } from "./address-policy.ts";
export type { Hook, HookDirectory, WebhookRequest } from "./hook.ts";
export { type HookRoutesOptions, hookRoutes } from "./hook-routes.ts";
export { Hooks, type HooksOptions } from "./hooks.ts";
export { plexHookRoutes } from "./plex-hook-routes.ts";
export { buildRequest, type RequestInput } from "./request.ts";
export { type OpenWebhooksOptions, openWebhooks, type WebhookStats, type Webhooks } from "./webhooks.ts";
