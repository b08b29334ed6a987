import type { Match, WebhookEventName } from "@reelay/protocol";
import { type FilterRow, toMatch, toRows } from "./filter-rows.ts";
import type { Hook } from "./types.ts";

export type Freshness = "usual" | "automation" | "records" | "own";

/** What the form holds. */
export interface HookDraft {
  readonly url: string;
  readonly description: string;
  readonly events: readonly WebhookEventName[];
  readonly format: Hook["format"];
  readonly thumb: boolean;
  readonly method: string;
  readonly body: string;
  readonly headers: readonly { readonly key: number; readonly name: string; readonly value: string }[];
  readonly freshness: Freshness;
  /** undefined: the filter is more than rows can show, and stays as it is. */
  readonly rows: readonly FilterRow[] | undefined;
}

export const emptyDraft: HookDraft = {
  url: "",
  description: "",
  events: [],
  format: "plex",
  thumb: true,
  method: "POST",
  body: "",
  headers: [],
  freshness: "usual",
  rows: [],
};

/** The presets, as the server has them. */
const presets = {
  usual: { maxAge: { live: 300_000, record: 259_200_000 }, latestOnly: false, settleMs: 0 },
  automation: { maxAge: { live: 30_000, record: 30_000 }, latestOnly: true, settleMs: 1_500 },
  records: { maxAge: { live: null, record: null }, latestOnly: false, settleMs: 0 },
} as const;

export function draftOf(hook: Hook): HookDraft {
  return {
    url: hook.url ?? "",
    description: hook.description,
    events: hook.events,
    format: hook.format,
    thumb: hook.thumb,
    method: hook.custom?.method ?? "POST",
    body: hook.custom?.body ?? "",
    headers: Object.entries(hook.headers).map(([name, value], key) => ({ key, name, value })),
    freshness: freshnessOf(hook),
    rows: toRows(hook.filter),
  };
}

function freshnessOf({ maxAge, latestOnly, settleMs }: Hook): Freshness {
  const same = (preset: keyof typeof presets) => {
    const { maxAge: age, latestOnly: latest, settleMs: settle } = presets[preset];
    return age.live === maxAge.live && age.record === maxAge.record && latest === latestOnly && settle === settleMs;
  };
  return (["usual", "automation", "records"] as const).find(same) ?? "own";
}

/** What the API takes of it; the same for a new hook, a change and a preview. */
export interface HookBody {
  readonly url: string;
  readonly description: string;
  readonly events: readonly WebhookEventName[];
  readonly format: Hook["format"];
  readonly thumb: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly filter?: Match;
}

export function bodyOf(draft: HookDraft): HookBody {
  const { url, description, events, format, thumb, method, body, headers, freshness, rows } = draft;
  const named = headers.filter(({ name }) => name.trim() !== "");
  return {
    url: url.trim(),
    description: description.trim(),
    events,
    format,
    thumb,
    headers: Object.fromEntries(named.map(({ name, value }) => [name.trim(), value])),
    ...(format === "custom" ? { custom: { method, body } } : {}),
    ...(freshness === "own" ? {} : presets[freshness]),
    ...(rows === undefined ? {} : { filter: toMatch(rows) }),
  };
}
