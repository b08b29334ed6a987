import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { LineCounter } from "yaml";
import type { z } from "zod";
import { type Setting, settings } from "./settings.ts";
import { ReelayError } from "./support/index.ts";

export type SettingName = keyof typeof settings;

/** The library for the files: loaded for those who have one. */
const loadYaml = () => createRequire(import.meta.url)("yaml") as typeof import("yaml");

/** Settings that were given anywhere. */
export type GivenSettings = { readonly [K in SettingName]?: z.output<(typeof settings)[K]["schema"]> };

export interface ConfigSources {
  /** From the command line; undefined for what was not given. */
  readonly flags: { readonly [K in SettingName]?: unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`; REELAY_CONFIG otherwise. */
  readonly file?: string | undefined;
}

/**
 * Settings from the command line, over those from the environment, over those from the file. Relative paths in the file are
 * relative to it; `~/` is the home folder where no shell has seen it.
 * @throws REELAY_CONFIG_INVALID that names the setting, where it came from, its value and what is allowed.
 */
export function readSettings({ flags, env, file = present(env.REELAY_CONFIG) }: ConfigSources): GivenSettings {
  const fromFile = file === undefined ? undefined : readFile(file);
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const { flag, env: variable, key }: Setting<unknown> = settings[name];
    const fromEnv = variable === undefined ? undefined : present(env[variable]);
    if (flag !== undefined && flags[name] !== undefined)
      given[name] = check(name, flags[name], () => flag.split(" ")[0] ?? flag);
    else if (fromEnv !== undefined)
      given[name] = mapPaths(
        check(name, fromEnv, () => String(variable)),
        name,
        expandTilde,
      );
    else if (name === "token" && present(env.REELAY_TOKEN_FILE) !== undefined)
      given[name] = readToken(env.REELAY_TOKEN_FILE ?? "");
    else if (key !== undefined && fromFile !== undefined && Object.hasOwn(fromFile.content, key)) {
      const checked = check(name, fromFile.content[key], (path) => fromFile.placeOf([key, ...path]));
      given[name] = mapPaths(checked, name, (path) => resolve(dirname(fromFile.path), expandTilde(path)));
    }
  }
  return given as GivenSettings;
}

/** The folder that is used when none is given (XDG Base Directory Specification). */
export function defaultDataFolder(env: ConfigSources["env"], home: string = homedir()): string {
  // The specification: a relative path is to be ignored.
  const xdg = env.XDG_DATA_HOME?.startsWith("/") === true ? env.XDG_DATA_HOME : join(home, ".local", "share");
  return join(xdg, "reelay");
}

/** A variable that is set to nothing counts as not set, as container files leave them. */
function present(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}

/** @param source says where a value came from, or what lies at a path within it */
function check(name: SettingName, value: unknown, source: (path: readonly PropertyKey[]) => string): unknown {
  const { schema, range, secret } = settings[name] as Setting<unknown>;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const shown = secret === true ? "" : ` ${abbreviated(value)}`;
  // Some say themselves what is wrong with which part of them.
  const told = result.error.issues.filter((issue) => issue.code === "custom" && issue.params?.told === true);
  const problems = told.map(({ path, message }) => `${source(path)}: ${message}`);
  const whole = `${source([])}:${shown} is not allowed; it takes ${range}.`;
  throw new ReelayError("REELAY_CONFIG_INVALID", problems.length === 0 ? whole : problems.join("\n"));
}

function abbreviated(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}

/** A configuration file: what it says, and where. */
interface ConfigFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** `preferences.LogLevel in FILE, line 7`. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
}

function readFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { LineCounter, parseDocument } = loadYaml();
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [why] = problem.message.split("\n");
    throw new ReelayError("REELAY_CONFIG_INVALID", `${path} cannot be read: ${why}`, { cause: problem });
  }
  return {
    path,
    content: contentOf(document.toJS(), path),
    placeOf(keys) {
      const line = lineOf(document.contents, keys, lineCounter);
      return `${keys.map(String).join(".")} in ${path}${line === undefined ? "" : `, line ${line}`}`;
    },
  };
}

/** The line of the key that a path through maps leads to. */
function lineOf(node: unknown, [key, ...rest]: readonly PropertyKey[], lines: LineCounter): number | undefined {
  const { isMap, isScalar } = loadYaml();
  if (!isMap(node) || key === undefined) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  if (pair === undefined || !isScalar(pair.key)) return undefined;
  return (
    (rest.length > 0 ? lineOf(pair.value, rest, lines) : undefined) ?? lines.linePos(pair.key.range?.[0] ?? 0).line
  );
}

function contentOf(content: unknown, path: string): Readonly<Record<string, unknown>> {
  if (content === null) return {};
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `${path} holds no settings; a line looks like "port: 32400".`);
  }
  const keys = Object.values<Setting<unknown>>(settings).flatMap(({ key }) => key ?? []);
  const unknown = Object.keys(content).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new ReelayError(
      "REELAY_CONFIG_INVALID",
      `${unknown} in ${path} is no setting; there are ${keys.join(", ")}.`,
    );
  }
  return content as Readonly<Record<string, unknown>>;
}

function readToken(path: string): unknown {
  let content: string;
  try {
    content = readFileSync(expandTilde(path), "utf8");
  } catch (error) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `REELAY_TOKEN_FILE: ${(error as Error).message}`, { cause: error });
  }
  return check("token", content.trim(), () => "REELAY_TOKEN_FILE");
}

/** Applies `change` to what a path in a setting's value is. */
function mapPaths(value: unknown, name: SettingName, change: (path: string) => string): unknown {
  if (name === "data" || name === "tlsCert" || name === "tlsKey") return change(value as string);
  if (name !== "sections") return value;
  return (value as readonly { readonly path: string }[]).map((entry) => ({ ...entry, path: change(entry.path) }));
}

function expandTilde(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
