import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parse as parseYaml, YAMLParseError } from "yaml";
import type { z } from "zod";
import { type Setting, settings } from "./settings.ts";
import { ReelayError } from "./support/index.ts";

export type SettingName = keyof typeof settings;

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
  const fromFile = file === undefined ? {} : readFile(file);
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const { flag, env: variable, key } = settings[name];
    if (flags[name] !== undefined) given[name] = check(name, flags[name], flag.split(" ")[0] ?? flag);
    else if (present(env[variable]) !== undefined)
      given[name] = mapPaths(check(name, env[variable], variable), name, expandTilde);
    else if (name === "token" && present(env.REELAY_TOKEN_FILE) !== undefined)
      given[name] = readToken(env.REELAY_TOKEN_FILE ?? "");
    else if (Object.hasOwn(fromFile, key))
      given[name] = besideFile(check(name, fromFile[key], `${key} in ${file}`), name, file ?? "");
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

function check(name: SettingName, value: unknown, source: string): unknown {
  const { schema, range, secret } = settings[name] as Setting<unknown>;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const shown = secret === true ? "" : ` ${abbreviated(value)}`;
  throw new ReelayError("REELAY_CONFIG_INVALID", `${source}:${shown} is not allowed; it takes ${range}.`);
}

function abbreviated(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}

function readFile(path: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, "utf8"));
  } catch (error) {
    const why = error instanceof YAMLParseError ? (error.message.split("\n")[0] ?? "") : (error as Error).message;
    throw new ReelayError("REELAY_CONFIG_INVALID", `${path} cannot be read: ${why}`, { cause: error });
  }
  if (content === null) return {};
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `${path} holds no settings; a line looks like "port: 32400".`);
  }
  const keys = Object.values(settings).map(({ key }) => key as string);
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
  return check("token", content.trim(), "REELAY_TOKEN_FILE");
}

/** Applies `change` to what a path in a setting's value is. */
function mapPaths(value: unknown, name: SettingName, change: (path: string) => string): unknown {
  if (name === "data" || name === "tlsCert" || name === "tlsKey") return change(value as string);
  if (name !== "sections") return value;
  return (value as readonly { readonly path: string }[]).map((entry) => ({ ...entry, path: change(entry.path) }));
}

function besideFile(value: unknown, name: SettingName, file: string): unknown {
  return mapPaths(value, name, (path) => resolve(dirname(file), expandTilde(path)));
}

function expandTilde(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
