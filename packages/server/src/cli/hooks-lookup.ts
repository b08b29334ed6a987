import { z } from "zod";
import { harmless, ReelayError } from "../support/index.ts";
import { ask, type ServerFinder } from "./api.ts";
import { type HookAnswer, hookAnswer } from "./hook-lines.ts";

export async function hooksOf(finder: ServerFinder): Promise<readonly HookAnswer[]> {
  return (await ask(finder, { path: "/api/v1/hooks" }, z.object({ hooks: z.array(hookAnswer) }))).hooks;
}

/** @param which its id, or its description or address where only one has it @throws REELAY_NOT_FOUND */
export async function findHook(finder: ServerFinder, which: string): Promise<HookAnswer> {
  return hookAmong(await hooksOf(finder), which);
}

/** @throws REELAY_NOT_FOUND also for what several have, REELAY_INVALID_PARAMETER for an empty name */
export function hookAmong(hooks: readonly HookAnswer[], which: string): HookAnswer {
  // It is what a hook without a description is called, and a variable of a shell that is not set.
  if (which.trim() === "") {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "The name of the hook is empty: `reelay hooks list` shows ids.");
  }
  const byId = hooks.find(({ id }) => id === which);
  const found = hooks.filter(({ description, url }) => description === which || url === which);
  const [only] = found;
  if (byId !== undefined) return byId;
  if (only !== undefined && found.length === 1) return only;
  const named = JSON.stringify(harmless(which));
  const many = `Several hooks are ${named}: ${found.map(({ id }) => id).join(", ")}.`;
  throw new ReelayError(
    "REELAY_NOT_FOUND",
    found.length > 1 ? many : `There is no hook ${named}; \`reelay hooks list\` shows what there is.`,
  );
}

/** What a hook is called in a list, by its id; also one that is gone by now. */
export function namesOf(hooks: readonly HookAnswer[]): (id: string) => string {
  const names = new Map(hooks.map(({ id, description, url }) => [id, description || url || id]));
  return (id) => names.get(id) ?? `${id} (removed)`;
}
