import { readFile } from "node:fs/promises";
import { type Match, webhookEventNames } from "@reelay/protocol";
import { ReelayError } from "../support/index.ts";
import { readDuration } from "./duration.ts";

/** What `reelay hooks add` and `edit` are given, as commander reads it. */
export interface HookOptions {
  readonly event?: string | undefined;
  readonly player?: readonly string[] | undefined;
  readonly account?: readonly string[] | undefined;
  readonly section?: readonly string[] | undefined;
  readonly server?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly local?: boolean | undefined;
  readonly remote?: boolean | undefined;
  readonly minDuration?: string | undefined;
  readonly filter?: string | undefined;
  readonly for?: string | undefined;
  readonly format?: string | undefined;
  readonly thumb?: boolean | undefined;
  readonly method?: string | undefined;
  readonly body?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly ca?: string | undefined;
  readonly maxAge?: string | undefined;
  readonly maxAgeLive?: string | undefined;
  readonly maxAgeRecord?: string | undefined;
  readonly latestOnly?: boolean | undefined;
  readonly settle?: string | undefined;
  readonly description?: string | undefined;
}

/** What a hook has already, of what options only change a part of. */
export interface HookBefore {
  readonly filter: Match;
  readonly headers: Readonly<Record<string, string>>;
  readonly custom?: { readonly method: string; readonly body: string } | undefined;
}

/** The options as the API takes them; what was not given is left out. @throws REELAY_INVALID_PARAMETER */
export async function hookBody(options: HookOptions, before: HookBefore): Promise<Record<string, unknown>> {
  const { event, for: preset, format, thumb, ca, latestOnly, settle, description } = options;
  const body = {
    events: event === undefined ? undefined : eventNames(event),
    filter: filterOf(options, before.filter),
    preset,
    format,
    thumb,
    custom: await customOf(options, before.custom),
    headers: headersOf(options.header, before.headers),
    ca: ca === undefined ? undefined : ca === "none" ? null : await contentOf(ca, "--ca"),
    maxAge: maxAgeOf(options),
    latestOnly,
    settleMs: settle === undefined ? undefined : readDuration(settle, "--settle"),
    description,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** `media.play,media.*`, or `all`. @throws REELAY_INVALID_PARAMETER */
export function eventNames(text: string): readonly string[] {
  const patterns = listOf(text);
  // Else a variable of a shell that is not set would select everything.
  if (patterns.length === 0)
    throw invalid("--event", `it is empty; say all, or some of ${webhookEventNames.join(", ")}`);
  if (patterns.includes("all")) return [];
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith("*")) return [pattern];
    const names = webhookEventNames.filter((name) => name.startsWith(pattern.slice(0, -1)));
    if (names.length > 0) return names;
    throw invalid("--event", `${pattern} fits none of ${webhookEventNames.join(", ")}`);
  });
}

function filterOf(options: HookOptions, before: Match): object | undefined {
  const { player, account, section, server, type, local, remote, minDuration, filter } = options;
  if (local && remote) throw invalid("--local and --remote", "no player is both; leave both out for all");
  const given = {
    player: player && oneOrMore(player),
    account: account && oneOrMore(account),
    local: remote ? false : local,
    type: type === undefined ? undefined : oneOrMore(listOf(type)),
    section: section && oneOrMore(section),
    server: server && oneOrMore(server),
    minDuration: minDuration === undefined ? undefined : readDuration(minDuration, "--min-duration"),
  };
  const fields = Object.entries(given).filter(([, value]) => value !== undefined);
  if (fields.length === 0 && filter === undefined) return undefined;
  return { ...(filter === undefined ? before : readFilter(filter)), ...Object.fromEntries(fields) };
}

function readFilter(text: string): object {
  let filter: unknown;
  try {
    filter = JSON.parse(text);
  } catch {
    filter = undefined;
  }
  if (typeof filter === "object" && filter !== null && !Array.isArray(filter)) return filter;
  throw invalid("--filter", 'it is no JSON object such as {"not":{"type":"track"}}');
}

async function customOf(
  { format, method, body }: HookOptions,
  before: HookBefore["custom"],
): Promise<object | undefined> {
  if (method === undefined && body === undefined) return undefined;
  if (format !== undefined && format !== "custom")
    throw invalid("--method and --body", "they belong to --format custom");
  const text = body?.startsWith("@") ? await contentOf(body.slice(1), "--body") : body;
  return {
    ...before,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(text === undefined ? {} : { body: text }),
  };
}

/** `Name: value` sets it, `Name:` takes it away; the others stay. */
function headersOf(
  given: readonly string[] | undefined,
  before: HookBefore["headers"],
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  const headers = new Map(Object.entries(before));
  for (const line of given) {
    const [, name, value = ""] = /^([^:]+):(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw invalid("--header", `${JSON.stringify(line)} is no header such as "Name: value"`);
    for (const old of headers.keys()) if (old.toLowerCase() === name.trim().toLowerCase()) headers.delete(old);
    if (value.trim() !== "") headers.set(name.trim(), value.trim());
  }
  return Object.fromEntries(headers);
}

function maxAgeOf(options: HookOptions): object | undefined {
  const { maxAge, maxAgeLive = maxAge, maxAgeRecord = maxAge } = options;
  if (maxAgeLive === undefined && maxAgeRecord === undefined) return undefined;
  return {
    ...(maxAgeLive === undefined
      ? {}
      : { live: age(maxAgeLive, options.maxAgeLive === undefined ? "--max-age" : "--max-age-live") }),
    ...(maxAgeRecord === undefined
      ? {}
      : { record: age(maxAgeRecord, options.maxAgeRecord === undefined ? "--max-age" : "--max-age-record") }),
  };
}

function age(text: string, flag: string): number | null {
  return text === "none" ? null : readDuration(text, flag);
}

async function contentOf(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", `${flag}: ${(error as Error).message}.`, { cause: error });
  }
}

export function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function oneOrMore(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] ?? "") : values;
}

function invalid(flag: string, what: string): ReelayError {
  return new ReelayError("REELAY_INVALID_PARAMETER", `${flag}: ${what}.`);
}
