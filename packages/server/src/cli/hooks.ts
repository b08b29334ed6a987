import { z } from "zod";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { readDuration } from "./duration.ts";
import { type HookAnswer, hookAnswer, hookLines, hookRow, nameOf } from "./hook-lines.ts";
import { type HookOptions, hookBody } from "./hook-options.ts";
import { findHook, hooksOf } from "./hooks-lookup.ts";
import { inColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const NOTHING = { filter: {}, headers: {} };
const withSecret = hookAnswer.extend({ secret: z.string() });

/** A command about one hook: its id, or its description or address where only one has it. */
export interface HookArguments extends ConnectArguments {
  readonly hook: string;
}

export async function listHooks(connect: ConnectArguments, terminal: Terminal): Promise<number> {
  const hooks = await hooksOf(new ServerFinder(connect, terminal.env));
  for (const line of inColumns(hooks.map(hookRow))) terminal.print(line);
  if (hooks.length === 0) terminal.complain("There is no hook yet: `reelay hooks add --help` says how to add one.");
  return 0;
}

export async function showHook({ hook, ...connect }: HookArguments, terminal: Terminal): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  for (const line of hookLines(await findHook(finder, hook))) terminal.print(line);
  return 0;
}

export async function addHook(
  { to, disabled, ...options }: ConnectArguments & HookOptions & { readonly to: string; readonly disabled?: boolean },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connectionOf(options), terminal.env);
  const { ca, ...settings } = await hookBody(options, NOTHING);
  const body = { url: to, ...settings, ...(ca == null ? {} : { ca }), ...(disabled ? { enabled: false } : {}) };
  const { secret, ...hook } = await ask(finder, { method: "POST", path: "/api/v1/hooks", body }, withSecret);
  terminal.complain(`The hook ${nameOf(hook)} is added. Its signing secret, shown only this once:`);
  terminal.print(secret);
  return 0;
}

export async function editHook(
  { hook: which, to, ...options }: HookArguments & HookOptions & { readonly to?: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connectionOf(options), terminal.env);
  const hook = await findHook(finder, which);
  const body = { ...(to === undefined ? {} : { url: to }), ...(await hookBody(options, hook)) };
  for (const line of hookLines(await change(finder, hook, body))) terminal.print(line);
  return 0;
}

export async function switchHook(
  { hook: which, ...connect }: HookArguments,
  enabled: boolean,
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const hook = await change(finder, await findHook(finder, which), { enabled });
  terminal.print(`The hook ${nameOf(hook)} is ${enabled ? "enabled" : "disabled"}.`);
  return 0;
}

export async function removeHook({ hook: which, ...connect }: HookArguments, terminal: Terminal): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const hook = await findHook(finder, which);
  await ask(finder, { method: "DELETE", path: `/api/v1/hooks/${hook.id}` }, z.undefined());
  terminal.print(`The hook ${nameOf(hook)} is removed.`);
  return 0;
}

export async function rotateSecret(
  { hook: which, keepOld, ...connect }: HookArguments & { readonly keepOld?: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const { id } = await findHook(finder, which);
  const keepOldMs = keepOld === undefined ? undefined : keepOld === "none" ? 0 : readDuration(keepOld, "--keep-old");
  const body = keepOldMs === undefined ? {} : { keepOldMs };
  const hook = await ask(finder, { method: "POST", path: `/api/v1/hooks/${id}/secret`, body }, withSecret);
  terminal.complain(`The new secret of ${nameOf(hook)}, shown only this once:`);
  terminal.print(hook.secret);
  return 0;
}

async function change(finder: ServerFinder, { id }: HookAnswer, body: object): Promise<HookAnswer> {
  return await ask(finder, { method: "PATCH", path: `/api/v1/hooks/${id}`, body }, hookAnswer);
}

/** What both kinds of options share is named the same: only these say where the server is. */
export function connectionOf({ url, token, data, defaultData }: ConnectArguments): ConnectArguments {
  return { url, token, data, defaultData };
}
