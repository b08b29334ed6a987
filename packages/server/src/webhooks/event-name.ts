import { nearestOf, type WebhookEventName, webhookEventNames } from "@reelay/protocol";
import { z } from "zod";

/** The name of a webhook event, as the API takes it. What is refused is told with what was probably meant. */
export const webhookEventName = z.enum(webhookEventNames as readonly [WebhookEventName, ...WebhookEventName[]], {
  error: ({ input }) => {
    const shown = typeof input === "string" ? JSON.stringify(input.slice(0, 64)) : typeof input;
    const nearest = typeof input === "string" ? nearestOf(input, webhookEventNames) : undefined;
    const meant = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    return `expected one of ${webhookEventNames.join(", ")}, received ${shown}${meant}`;
  },
});
