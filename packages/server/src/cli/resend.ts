import { z } from "zod";
import { ReelayError } from "../support/index.ts";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { deliveryAnswer, deliveryRow } from "./delivery-lines.ts";
import { type DeliveryRangeOptions, rangeOf } from "./delivery-range.ts";
import { hooksOf, namesOf } from "./hooks-lookup.ts";
import { inColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const counted = z.object({ count: z.number(), resent: z.number() });

export interface ResendArguments extends ConnectArguments, DeliveryRangeOptions {
  /** One; else a range. */
  readonly delivery?: string | undefined;
  /** Without asking. */
  readonly yes?: boolean | undefined;
}

/** Sends one delivery again, or a range: that is counted first, and sent if somebody says so. */
export async function resend(options: ResendArguments, terminal: Terminal): Promise<number> {
  const { delivery, yes = false, ...range } = options;
  const finder = new ServerFinder(options, terminal.env);
  const { hook, state, event, search, since, until } = range;
  const given = [hook, state, event, search, since, until].some((one) => one !== undefined);
  if (delivery !== undefined && given) throw invalid("name a delivery or a range, not both");
  if (delivery !== undefined) return await resendOne(finder, delivery, terminal);
  if (!given) throw invalid("name a delivery, or say which: --hook Lights --since 2h");
  return await resendRange(finder, range, yes, terminal);
}

async function resendOne(finder: ServerFinder, id: string, terminal: Terminal): Promise<number> {
  const path = `/api/v1/deliveries/${encodeURIComponent(id)}/resend`;
  const delivery = await ask(finder, { method: "POST", path, body: {} }, deliveryAnswer);
  const [line = ""] = inColumns([deliveryRow(delivery, namesOf(await hooksOf(finder)))]);
  terminal.print(`Sent again: ${line}`);
  return 0;
}

async function resendRange(
  finder: ServerFinder,
  options: DeliveryRangeOptions,
  yes: boolean,
  terminal: Terminal,
): Promise<number> {
  const body = rangeOf(options, await hooksOf(finder), Date.now());
  const path = "/api/v1/deliveries/resend";
  const { count } = await ask(finder, { method: "POST", path, body }, counted);
  const which = (body.states ?? ["expired", "superseded", "dropped"]).join(", ");
  terminal.print(`${count} ${count === 1 ? "delivery" : "deliveries"} (${which}) of hooks that are enabled.`);
  if (count === 0) return 0;
  if (!yes) {
    const answer = await terminal.answer(`Send ${count === 1 ? "it" : "them"} again, oldest first? [y/N] `);
    if (answer === undefined) {
      terminal.complain("Nothing was sent: nobody can be asked here. Add --yes to send them.");
      return 1;
    }
    if (!/^y(es)?$/i.test(answer.trim())) {
      terminal.complain("Nothing was sent.");
      return 1;
    }
  }
  const { resent } = await ask(finder, { method: "POST", path, body: { ...body, expected: count } }, counted);
  terminal.print(`${resent} ${resent === 1 ? "is" : "are"} being sent again.`);
  return 0;
}

function invalid(what: string): ReelayError {
  return new ReelayError("REELAY_INVALID_PARAMETER", `hooks resend: ${what}.`);
}
