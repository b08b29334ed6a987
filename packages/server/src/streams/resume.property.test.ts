import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Audience, type EventLog, maySee, type NewMediaEvent } from "../events/index.ts";
import { MemoryEventLog } from "../events/memory-log.ts";
import { startCuttingProxy } from "./testing/cutting-proxy.ts";
import { type Connect, connectLines, connectSse, connectWebSocket } from "./testing/stream-client.ts";
import { EPOCH, progress, rightsOf, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

/** Small enough that each run reads from the ring as well as from the log. */
const RING_BYTES = 4_096;

const audiences: readonly Audience[] = [
  { kind: "section", sectionId: 1 },
  { kind: "section", sectionId: 2 },
  { kind: "account", accountId: 2 },
  { kind: "admins" },
];

const wires: Readonly<Record<string, Connect>> = {
  sse: connectSse(),
  websocket: connectWebSocket("/:/websockets/notifications"),
  lines: connectLines("/:/websocket/notifications"),
};

interface Reader {
  readonly wire: string;
  readonly token: string;
  readonly filters: string;
  /** Bytes of each connection after which it is cut. */
  readonly cuts: readonly number[];
}

const happening = fc.record({
  wait: fc.nat(2),
  events: fc.array(
    fc.record({
      type: fc.constantFrom("status", "progress"),
      audience: fc.constantFrom(...audiences),
      size: fc.nat(400),
    }),
    { minLength: 1, maxLength: 20 },
  ),
});
const reader: fc.Arbitrary<Reader> = fc.record({
  wire: fc.constantFrom(...Object.keys(wires)),
  token: fc.constantFrom("owner", "guest"),
  filters: fc.constantFrom("", "status", "-status"),
  cuts: fc.array(fc.integer({ min: 1, max: 6_000 }), { maxLength: 12 }),
});

describe("a stream that is cut anywhere and resumed, any number of times", () => {
  test("has no gap and no duplicate on the local log", () =>
    check(async () => {
      const log = new TestLog();
      return { log: log.log, append: (events) => log.append(events), close: () => log.close() };
    }));

  test("has none on a log that arrives late and in batches", () =>
    check(async () => {
      const log = new MemoryEventLog({ epoch: EPOCH, delay: () => Math.random() * 3 });
      return { log, append: (events) => log.append(events), close: async () => undefined };
    }));
});

interface Appendable {
  readonly log: EventLog;
  append(events: readonly NewMediaEvent[]): Promise<void>;
  close(): Promise<void>;
}

async function check(makeLog: () => Promise<Appendable>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 12 }),
      fc.array(reader, { minLength: 1, maxLength: 5 }),
      async (happenings, readers) => {
        const log = await makeLog();
        const server = await startStreamServer(log.log, { ringBytes: RING_BYTES });
        try {
          const told: NewMediaEvent[] = [];
          const reading = readers.map((each) => readToTheEnd(server.port, each));
          for (const { wait, events } of happenings) {
            const batch = events.map(({ type, audience, size }, index) => {
              const text = `${told.length + index} ${"é".repeat(size)}`;
              // Progress is told to those with a section only.
              return type === "progress" && audience.kind === "section"
                ? progress(text, audience)
                : status(text, audience);
            });
            told.push(...batch);
            await log.append(batch);
            await sleep(wait);
          }
          const end = [status("END"), progress("END")];
          await log.append(end);
          const received = await Promise.all(reading);
          for (const [index, each] of readers.entries()) {
            expect(received[index]).toEqual(expected([...told, ...end], each));
          }
        } finally {
          await server[Symbol.asyncDispose]();
          await log.close();
        }
      },
    ),
    // A run that fails waits long for what never comes, so none is spent on making it smaller.
    { numRuns: 15, endOnFailure: true },
  );
}

/** Begins with the earliest, so that what is expected does not depend on when it came. */
async function readToTheEnd(port: number, { wire, token, filters, cuts }: Reader): Promise<string[]> {
  await using proxy = await startCuttingProxy(port);
  const connect = wires[wire];
  if (connect === undefined) throw new Error(`no wire ${wire}`);
  const texts: string[] = [];
  const ends = filters === "" ? 2 : 1;
  let since = "earliest";
  for (const cut of [...cuts, Number.POSITIVE_INFINITY]) {
    proxy.cutNextAfter(cut);
    // A cut in the head of the answer is a connection that failed.
    const client = await connect({ port: proxy.port, token, filters, since }).catch(() => undefined);
    if (client === undefined) continue;
    const done = () => [...texts, ...client.texts].filter((text) => text === "END").length === ends;
    await client.when(() => client.end !== undefined || done(), "the cut or the end");
    client.cut();
    texts.push(...client.texts);
    since = client.position ?? since;
    if (texts.filter((text) => text === "END").length === ends) break;
  }
  return texts;
}

function expected(told: readonly NewMediaEvent[], { token, filters }: Reader): string[] {
  const rights = rightsOf[token];
  if (rights === undefined) throw new Error(`no token ${token}`);
  return told.flatMap((event) => {
    if (!maySee(rights, event.audience)) return [];
    if (event.type === "status.announced") return filters === "-status" ? [] : [event.facts.title];
    if (event.type === "scan.progressed") return filters === "status" ? [] : [event.facts.message];
    return [];
  });
}
