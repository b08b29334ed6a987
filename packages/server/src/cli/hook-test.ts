import { z } from "zod";
import { harmless } from "../support/index.ts";
import { ask, ServerFinder } from "./api.ts";
import { nameOf } from "./hook-lines.ts";
import type { HookArguments } from "./hooks.ts";
import { findHook } from "./hooks-lookup.ts";
import type { Terminal } from "./terminal.ts";

const tried = z.object({
  state: z.string(),
  event: z.string(),
  record: z.array(
    z.object({
      status: z.number().nullable(),
      error: z.string().nullable(),
      message: z.string().optional(),
      request: z.object({ missing: z.array(z.string()).optional() }).nullable(),
      timings: z.object({ total: z.number() }),
    }),
  ),
});

export interface HookTestArguments extends HookArguments {
  readonly event?: string | undefined;
  /** A ratingKey. */
  readonly item?: number | undefined;
}

/** Sends an event that did not happen, and says what the receiver answers. Exit code 1 unless it took it. */
export async function testHook(
  { hook: which, event, item, ...connect }: HookTestArguments,
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const hook = await findHook(finder, which);
  const body = { ...(event === undefined ? {} : { event }), ...(item === undefined ? {} : { item }) };
  const answer = await ask(finder, { method: "POST", path: `/api/v1/hooks/${hook.id}/test`, body }, tried);
  const attempt = answer.record.at(-1);
  const missing = attempt?.request?.missing ?? [];
  if (missing.length > 0) terminal.complain(`The payload has nothing at ${missing.map(harmless).join(", ")}.`);
  const status = attempt?.status ?? undefined;
  if (answer.state === "delivered") {
    const took = `${status} in ${Math.round(attempt?.timings.total ?? 0)} ms`;
    terminal.print(`${answer.event} was delivered to ${nameOf(hook)}: ${took}.`);
    return 0;
  }
  const why = [attempt?.message, status === undefined ? undefined : `it answered ${status}`].find(Boolean);
  const what = attempt === undefined ? `it is ${answer.state}` : `${harmless(why ?? "no answer")} (${attempt.error})`;
  terminal.complain(`${answer.event} was not delivered to ${nameOf(hook)}: ${what}.`);
  return 1;
}
