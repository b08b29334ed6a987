import { z } from "zod";
import { harmless } from "../support/index.ts";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { deliveryAnswer, deliveryLines, deliveryRow, recordedAnswer } from "./delivery-lines.ts";
import { type DeliveryRangeOptions, rangeOf } from "./delivery-range.ts";
import { hooksOf, namesOf } from "./hooks-lookup.ts";
import { inColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const page = z.looseObject({ deliveries: z.array(deliveryAnswer), next: z.string().nullable() });

export interface DeliveriesArguments extends ConnectArguments, DeliveryRangeOptions {
  /** The id of a media event. */
  readonly of?: string | undefined;
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
  readonly json?: boolean | undefined;
}

/** Prints what was sent to hooks, or waits: a line each, newest first. */
export async function listDeliveries(options: DeliveriesArguments, terminal: Terminal): Promise<number> {
  const { of, before, limit, json = false, ...rest } = options;
  const finder = new ServerFinder(options, terminal.env);
  const hooks = await hooksOf(finder);
  const { states, events, ...range } = rangeOf(rest, hooks, Date.now());
  const query = queryOf({
    ...{ state: states?.join(","), event: events?.join(","), ...range },
    ...{ eventId: of, before, limit },
  });
  const { deliveries, next } = await ask(finder, { path: `/api/v1/deliveries${query}` }, page);
  if (json) for (const delivery of deliveries) terminal.print(JSON.stringify(delivery));
  else for (const line of inColumns(deliveries.map((one) => deliveryRow(one, namesOf(hooks))))) terminal.print(line);
  if (deliveries.length === 0) terminal.complain("There is no such delivery.");
  if (next !== null) terminal.complain(`There are older ones: --before ${harmless(next)}`);
  return 0;
}

/** Prints one delivery with all of its attempts. */
export async function showDelivery(
  { delivery: id, json = false, ...connect }: ConnectArguments & { readonly delivery: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const delivery = await ask(finder, { path: `/api/v1/deliveries/${encodeURIComponent(id)}` }, recordedAnswer);
  if (json) terminal.print(JSON.stringify(delivery));
  else for (const line of deliveryLines(delivery, namesOf(await hooksOf(finder)))) terminal.print(line);
  return 0;
}

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? "" : `?${query}`;
}
