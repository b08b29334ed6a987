import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { NewMediaEvent, Outbox } from "./events/index.ts";
import { apiRoute } from "./http/index.ts";
import type { Database } from "./storage/index.ts";

const request = z.strictObject({
  /** Events per second. */
  rate: z.number().positive().max(100_000),
  events: z.int().min(1).max(1_000_000),
  /** Of the JSON document of an SSE message. */
  bytes: z.int().min(220).max(4_000),
  section: z.int().min(1),
});

const answer = z.object({
  events: z.int(),
  /** Units of work that were committed: each changed one row and appended one event. */
  transactions: z.int(),
  /** By `process.hrtime`, when the first event was due, and when the last one was committed; nanoseconds. */
  first: z.string(),
  last: z.string(),
});

/** Of the document without a title, about: the rest is filled up. */
const EMPTY_DOCUMENT = 150;

export interface BenchSourceOptions {
  readonly database: Database;
  readonly outbox: Outbox;
}

/**
 * A source for benchmarks inside a normal server (`serve --bench-source`, only on loopback): `POST /api/v1/bench` makes
 * events at a rate. Each is a unit of work of its own that changes a row of the source's own table and appends one event,
 * as every source does; its title says its number and when it was due, so that who receives it can check both.
 */
export async function benchRoutes(app: FastifyInstance, { database, outbox }: BenchSourceOptions): Promise<void> {
  await database.transaction(
    (tx) =>
      void tx.run("CREATE TABLE IF NOT EXISTS bench_items (id INTEGER PRIMARY KEY, changed INTEGER NOT NULL) STRICT"),
  );
  let made = 0;
  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/bench",
      summary: "Make events at a rate",
      tag: "bench",
      body: request,
      answer,
    },
    async ({ body: { rate, events, bytes, section } }) => {
      const step = 1e9 / rate;
      const first = process.hrtime.bigint() + 1_000_000n;
      const due = (index: number) => first + BigInt(Math.round(index * step));
      const units: Promise<void>[] = [];
      for (let index = 0; index < events; ) {
        const now = process.hrtime.bigint();
        for (; index < events && due(index) <= now; index++) {
          const number = ++made;
          const event = benchEvent(number, due(index), section, bytes);
          const unit = database.transaction((tx) => {
            tx.run(
              "INSERT INTO bench_items (id, changed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET changed = excluded.changed",
              number % 1_000,
              number,
            );
            outbox.append(tx, [event]);
          });
          // Looked at in the end: until then nobody waits for it.
          unit.catch(() => undefined);
          units.push(unit);
        }
        if (index < events) await later(Number(due(index) - process.hrtime.bigint()) / 1e6);
      }
      await Promise.all(units);
      return { events, transactions: units.length, first: String(first), last: String(process.hrtime.bigint()) };
    },
  );
}

function benchEvent(number: number, due: bigint, sectionId: number, bytes: number): NewMediaEvent {
  const title = `bench ${number} ${due} `;
  return {
    type: "item.updated",
    audience: { kind: "section", sectionId },
    subject: `item:${number % 1_000}`,
    facts: {
      sectionId,
      itemId: number % 1_000,
      metadataType: 1,
      updatedAt: 1_700_000_000,
      title: title.padEnd(bytes - EMPTY_DOCUMENT, "."),
    },
  };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
