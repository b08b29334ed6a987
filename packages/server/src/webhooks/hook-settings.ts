import { X509Certificate } from "node:crypto";
import { type Match, matchLimits, parseMatch, webhookEventNames } from "@reelay/protocol";
import { z } from "zod";
import { webhookEventName } from "./event-name.ts";
import { hookLimits } from "./hook-limits.ts";
import { isSecret } from "./signing.ts";

/** In the place of a value that is not shown; sent back, it keeps what is there. */
export const MASK = "***";

const age = z
  .int()
  .min(hookLimits.minAge)
  .max(hookLimits.maxAge)
  .nullable()
  .describe("Milliseconds; null: any age, until the hook is disabled or removed.");

const fields = {
  url: z
    .string()
    .trim()
    .min(1)
    .max(hookLimits.url)
    .describe("Where requests go: http or https. With the format custom, its path and query may hold {{path}}."),
  description: z
    .string()
    .trim()
    .max(hookLimits.description)
    .regex(/^[^\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$/u, "no control characters")
    .describe("For people."),
  events: z
    .array(webhookEventName)
    .max(webhookEventNames.length)
    .transform((events) => [...new Set(events)])
    .describe("Which webhook events; empty: all."),
  filter: z
    .record(z.string(), z.unknown())
    .transform((input, context): Match => {
      const parsed = parseMatch(input, { events: webhookEventNames });
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: "custom", message: parsed.error.message.replace(/\.$/, "") });
      return z.NEVER;
    })
    .describe(
      `What the payload must fit: event, player, account, local, type, section, server, minDuration, not; at most ${matchLimits.totalValues} values.`,
    ),
  format: z
    .enum(["plex", "json", "custom"])
    .describe(
      "plex: the multipart request of a Plex server. json: its document alone. custom: the owner's own request.",
    ),
  thumb: z.boolean().describe("Whether the picture goes with events that have one: a part of plex, `thumb` of json."),
  custom: z
    .strictObject({
      method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST"),
      body: z.string().max(hookLimits.body).default(""),
    })
    .describe("Of the format custom. {{path}} in the body stands for what the payload has there."),
  headers: z
    .record(z.string(), z.string())
    .describe(`Sent besides those of the format; values are not shown again, ${MASK} keeps what is there.`),
  ca: z
    .string()
    .max(hookLimits.ca)
    .refine(isCertificate, "expected certificates in PEM form")
    .describe("PEM of the authority that the receiver's certificate is checked against."),
  maxAge: z
    .strictObject({ live: age.optional(), record: age.optional() })
    .describe("How old an event may be when it is delivered; older ones expire."),
  latestOnly: z.boolean().describe("A newer event of the same player takes the place of one that waits."),
  settleMs: z
    .int()
    .min(0)
    .max(hookLimits.settle)
    .describe("How long a stop or pause is held back, and dropped if a play of the same player follows."),
  preset: z
    .enum(["automation", "records"])
    .describe("What it is for: sets maxAge, latestOnly and settleMs, where they are not given besides."),
  enabled: z.boolean(),
};

export const newHook = z.strictObject({
  url: fields.url,
  description: fields.description.default(""),
  events: fields.events.default([]),
  filter: fields.filter.default({}),
  format: fields.format.default("plex"),
  thumb: fields.thumb.optional().describe("Default: true with the format plex."),
  custom: fields.custom.optional(),
  headers: fields.headers.default({}),
  secret: z
    .string()
    .max(200)
    .refine(isSecret, "expected whsec_ and 24 to 64 bytes in base64")
    .optional()
    .describe("Default: a new one is made."),
  ca: fields.ca.optional(),
  preset: fields.preset.optional(),
  maxAge: fields.maxAge.optional(),
  latestOnly: fields.latestOnly.optional(),
  settleMs: fields.settleMs.optional(),
  enabled: fields.enabled.default(true),
});

export const hookChange = z
  .strictObject({ ...fields, custom: fields.custom, ca: fields.ca.nullable() })
  .partial()
  .describe("What is left out stays.");

/** What a hook is made of; what is left out has its default. */
export type NewHook = Omit<z.input<typeof newHook>, "filter"> & { readonly filter?: Match };
export type HookChange = z.output<typeof hookChange>;

function isCertificate(pem: string): boolean {
  const all = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const one of all) new X509Certificate(one);
    return all.length > 0;
  } catch {
    return false;
  }
}
