import { z } from "zod";
import { harmless } from "../support/index.ts";
import { shownDuration } from "./duration.ts";
import { inColumns, minute } from "./table.ts";

const age = z.number().nullable();

/** A hook as the API shows it, as far as the command line shows it. */
export const hookAnswer = z.object({
  id: z.string(),
  accountId: z.number(),
  url: z.string().nullable(),
  description: z.string(),
  events: z.array(z.string()),
  filter: z.looseObject({}),
  format: z.string(),
  thumb: z.boolean(),
  custom: z.object({ method: z.string(), body: z.string() }).optional(),
  headers: z.record(z.string(), z.string()),
  secrets: z.array(z.object({ masked: z.string(), until: z.number().optional() })),
  ca: z.string().optional(),
  maxAge: z.object({ live: age, record: age }),
  latestOnly: z.boolean(),
  settleMs: z.number(),
  enabled: z.boolean(),
  disabledReason: z.string().optional(),
  failingSince: z.number().optional(),
  unreadable: z.string().optional(),
});
export type HookAnswer = z.output<typeof hookAnswer>;

const REASONS: Readonly<Record<string, string>> = {
  "by-hand": "disabled",
  gone: "disabled: gone (410)",
  failing: "disabled: it failed for days",
};

/** One line of a list. */
export function hookRow(hook: HookAnswer): readonly string[] {
  return [hook.id, stateOf(hook), hook.url ?? "", hook.events.join(",") || "all events", hook.description];
}

/** All of a hook, a line for each of what it has. */
export function hookLines(hook: HookAnswer): readonly string[] {
  const { maxAge, custom, filter } = hook;
  const rows: (readonly [string, string | undefined])[] = [
    ["id", hook.id],
    ["account", String(hook.accountId)],
    ["state", stateOf(hook)],
    ["to", hook.url ?? undefined],
    ["description", hook.description || undefined],
    ["events", hook.events.join(", ") || "all"],
    ["filter", Object.keys(filter).length === 0 ? undefined : JSON.stringify(filter)],
    [
      "format",
      `${hook.format}${hook.format === "custom" ? "" : hook.thumb ? ", with pictures" : ", without pictures"}`,
    ],
    ["request", custom && `${custom.method} ${custom.body}`.trim()],
    ...Object.entries(hook.headers).map(([name, value]) => ["header", `${name}: ${value}`] as const),
    ["authority", hook.ca === undefined ? undefined : "its own"],
    ...hook.secrets.map(
      ({ masked, until }) =>
        ["secret", until === undefined ? masked : `${masked}, valid besides it until ${minute(until)}`] as const,
    ),
    ["max age", `${shownAge(maxAge.live)} for live events, ${shownAge(maxAge.record)} for records`],
    ["latest only", hook.latestOnly ? "yes" : undefined],
    ["settle", hook.settleMs === 0 ? undefined : shownDuration(hook.settleMs)],
  ];
  return inColumns(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** For a sentence: its description, else where it goes. */
export function nameOf(hook: HookAnswer): string {
  const name = hook.description || hook.url;
  return harmless(name ? `${hook.id} (${name})` : hook.id);
}

function stateOf({ enabled, disabledReason = "by-hand", failingSince, unreadable }: HookAnswer): string {
  const state = enabled ? "enabled" : (REASONS[disabledReason] ?? `disabled: ${disabledReason}`);
  if (unreadable !== undefined) return `${state}, cannot be read (${unreadable})`;
  return enabled && failingSince !== undefined ? `failing since ${minute(failingSince)}` : state;
}

function shownAge(ms: number | null): string {
  return ms === null ? "any" : shownDuration(ms);
}
