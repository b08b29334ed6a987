import { z } from "zod";
import { harmless, ReelayError } from "../support/index.ts";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { deliveryAnswer } from "./delivery-lines.ts";
import { hookAmong, hooksOf, namesOf } from "./hooks-lookup.ts";
import { inColumns, second } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const titled = z.looseObject({ title: z.string().optional() });
const outcome = z.looseObject({
  id: z.string(),
  type: z.string(),
  time: z.number(),
  facts: titled.extend({ item: titled.optional() }),
  deliveries: z.array(deliveryAnswer),
  notSent: z.array(z.looseObject({ hookId: z.string(), event: z.string().nullable(), explanation: z.string() })),
});

const found = z.object({ events: z.array(z.object({ id: z.string() })) });

/** What webhooks could tell of; `item.ready` and `item.updated` have the reason why something is no news. */
const SEARCHED = [
  ...["session.started", "session.paused", "session.resumed", "session.scrobbled", "session.stopped", "session.failed"],
  ...["item.ready", "item.updated", "item.arrived", "item.rated", "ondeck.entered", "database.*", "device.*"],
].join(",");
const SHOWN = 10;

export interface WhyArguments extends ConnectArguments {
  /** The id of a media event, or text in it. */
  readonly event: string;
  readonly hook?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints what each hook was sent of an event, and why others were not. */
export async function whyNot(
  { event, hook, json = false, ...connect }: WhyArguments,
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const hooks = await hooksOf(finder);
  const ids = isId(event) ? [event] : await search(finder, event);
  const query = hook === undefined ? "" : `?hook=${hookAmong(hooks, hook).id}`;
  const nameOf = namesOf(hooks);
  for (const id of ids) {
    const told = await ask(finder, { path: `/api/v1/events/${id}${query}` }, outcome);
    if (json) terminal.print(JSON.stringify(told));
    else for (const line of outcomeLines(told, nameOf)) terminal.print(line);
  }
  return 0;
}

/** The newest events that hold a text, newest first. @throws REELAY_NOT_FOUND */
async function search(finder: ServerFinder, text: string): Promise<readonly string[]> {
  const query = new URLSearchParams({ q: text, type: SEARCHED, limit: String(SHOWN) });
  const { events } = await ask(finder, { path: `/api/v1/events/history?${query}` }, found);
  if (events.length > 0) return events.map(({ id }) => id);
  throw new ReelayError(
    "REELAY_NOT_FOUND",
    `No event with ${JSON.stringify(harmless(text))} is kept; \`reelay hooks preview\` lists the ids of the last.`,
  );
}

function outcomeLines(told: z.output<typeof outcome>, nameOf: (hookId: string) => string): readonly string[] {
  const { id, type, time, facts, deliveries, notSent } = told;
  const title = facts.item?.title ?? facts.title;
  const rows = [
    ...deliveries.map(({ state, event, reason, hookId, id }) => [state, nameOf(hookId), event, reason ?? id]),
    ...notSent.map(({ hookId, event, explanation }) => ["not sent", nameOf(hookId), event ?? "", explanation]),
  ];
  return [
    [second(time), harmless(type), title === undefined ? undefined : harmless(title), id].filter(Boolean).join("  "),
    ...inColumns(rows.map((row) => ["", ...row])),
    ...(rows.length === 0 ? ["  no hook could have been told"] : []),
  ];
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
