import { z } from "zod";
import type { Hook } from "./hook.ts";
import { MASK } from "./hook-settings.ts";
import { maskedSecret } from "./signing.ts";

const age = z.int().nullable().describe("Milliseconds; null: any age.");

/** A hook as the API shows it: nothing of it lets anybody in anywhere, but for its address. */
export const shownHook = z.object({
  id: z.string(),
  accountId: z.int(),
  url: z.string().nullable().describe("null while it cannot be read."),
  description: z.string(),
  events: z.array(z.string()).describe("Empty: all."),
  filter: z.looseObject({}),
  format: z.enum(["plex", "json", "custom"]),
  thumb: z.boolean(),
  custom: z.object({ method: z.string(), body: z.string() }).optional(),
  headers: z.record(z.string(), z.string()).describe(`Values are ${MASK}, but for Accept and Content-Type.`),
  secrets: z
    .array(z.object({ masked: z.string(), until: z.int().optional().describe("Epoch milliseconds.") }))
    .describe("Newest first; requests are signed with all of them."),
  ca: z.string().optional().describe("PEM."),
  maxAge: z.object({ live: age, record: age }),
  latestOnly: z.boolean(),
  settleMs: z.int(),
  enabled: z.boolean(),
  disabledReason: z.enum(["by-hand", "gone", "failing"]).optional(),
  failingSince: z.int().optional().describe("Epoch milliseconds of the first failure after the last success."),
  unreadable: z
    .literal("REELAY_SECRET_UNREADABLE")
    .optional()
    .describe("It was sealed with another key; with that one it is as it was."),
  createdAt: z.int().describe("Epoch milliseconds."),
  updatedAt: z.int().describe("Epoch milliseconds."),
});

/** When a hook is made or its secret is rotated. */
export const shownWithSecret = shownHook.extend({
  secret: z.string().describe("whsec_…, for the receiver. Shown only here."),
});

/** Headers that everybody may see: they let nobody in. */
const HARMLESS = /^(?:accept|content-type)$/i;

export function viewOf(hook: Hook, now: number): z.input<typeof shownHook> {
  const { unreadable, secrets, oldSecretUntil = 0, headers, url, events, ...rest } = hook;
  const [newest, ...older] = secrets;
  const valid = oldSecretUntil > now ? older : [];
  return {
    ...rest,
    url: unreadable ? null : url,
    events: [...events],
    filter: { ...hook.filter },
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, HARMLESS.test(name) ? value : MASK]),
    ),
    secrets: [
      ...(newest === undefined ? [] : [{ masked: maskedSecret(newest) }]),
      ...valid.map((secret) => ({ masked: maskedSecret(secret), until: oldSecretUntil })),
    ],
    ...(unreadable ? { unreadable: "REELAY_SECRET_UNREADABLE" } : {}),
  };
}
