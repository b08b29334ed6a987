import { residentBytes } from "./child.ts";
import { Client } from "./client.ts";
import {
  interleaved,
  type Load,
  measure,
  metrics,
  ratioOfPairs,
  row,
  rowOf,
  settingsOf,
  shortened,
} from "./measure.ts";
import type { Part } from "./parts.ts";
import { type Reelay, reelay } from "./subjects.ts";

const PAIRS = 9;
/** Events of 4,000 bytes at a time. */
const FILLING = 50;
/** What may wait for one subscriber: a mebibyte, and what is joined into the last write. */
const QUEUED_MIB = 1.25;

/** One more than 1,000 does not read: what that costs the others, what waits for it, and whether it gets everything in the end. */
export const stuck: Part = {
  name: "stuck",
  async run({ work, seconds, rounds, say }) {
    // More for each subscriber than may wait for one, however short the run: so it falls behind while the others are measured.
    const load: Load = {
      connections: 1_000,
      rate: 2_000,
      events: Math.round(6_000 * Math.max(1, seconds)),
      bytes: 300,
    };
    await using server = await reelay(work, "ws", "Reelay, WebSocket");
    const waiting: number[] = [];
    const memory = { allRead: [] as number[], oneDoesNot: [] as number[] };
    const held = () => residentBytes(server.pid) / 2 ** 20;
    const sides = {
      async allRead(warmUp: boolean) {
        const result = await measure(work, server, shortened(load, warmUp));
        if (!warmUp) memory.allRead.push(held());
        return result;
      },
      async oneDoesNot(warmUp: boolean) {
        await using one = await StuckOne.start(work, server);
        const result = await measure(work, server, shortened(load, warmUp));
        if (!warmUp) {
          waiting.push((await one.behind()) / 2 ** 20);
          memory.oneDoesNot.push(held());
        }
        await one.getsAll(result.work.events);
        return result;
      },
    };
    const told = await interleaved(Math.max(rounds, PAIRS), sides, (text) => say(`stuck: ${text}`));
    const settings = settingsOf(load);
    const queued = row("stuck: waits for the one that does not read", "MiB", waiting, settings);
    return {
      rows: [
        rowOf("stuck: all read", metrics.cpu, told.allRead, settings),
        rowOf("stuck: one does not", metrics.cpu, told.oneDoesNot, settings),
        rowOf("stuck: all read", metrics.p99, told.allRead, settings),
        rowOf("stuck: one does not", metrics.p99, told.oneDoesNot, settings),
        queued,
        row("stuck: memory of the server, all read", "MiB", memory.allRead, settings),
        row("stuck: memory of the server, one does not", "MiB", memory.oneDoesNot, settings),
      ],
      goals: [
        {
          ratio: "stuck: processor per delivery",
          value: ratioOfPairs(metrics.cpu, told.oneDoesNot, told.allRead),
          atMost: 1.1,
        },
        {
          ratio: "stuck: p99 of the others",
          value: ratioOfPairs(metrics.p99, told.oneDoesNot, told.allRead),
          atMost: 1.25,
        },
        { ratio: `stuck: most that waited / ${QUEUED_MIB} MiB`, value: queued.highest / QUEUED_MIB, atMost: 1 },
      ],
    };
  },
};

/** A subscriber that has stopped reading, and whose sockets are full. */
class StuckOne implements AsyncDisposable {
  readonly #client: Client;
  readonly #server: Reelay;
  #missed = 0;

  private constructor(client: Client, server: Reelay) {
    this.#client = client;
    this.#server = server;
  }

  static async start(work: string, server: Reelay): Promise<StuckOne> {
    const client = Client.start(work, server, 1);
    await client.connect();
    await client.reset();
    client.stall(0);
    const one = new StuckOne(client, server);
    // The kernel holds megabytes for a connection: first they are filled, while nobody else is there.
    while ((await subscribers(server)).queuedBytes === 0) {
      await server.run(10_000, FILLING, 4_000);
      one.#missed += FILLING;
    }
    return one;
  }

  /** @returns the bytes that wait in the server @throws where it has not fallen behind */
  async behind(): Promise<number> {
    const { behind, queuedBytes } = await subscribers(this.#server);
    if (behind !== 1) throw new Error(`${behind} subscribers are behind, and not the one that does not read`);
    return queuedBytes;
  }

  /** It reads again, and must get all that it missed, in order. */
  async getsAll(events: number): Promise<void> {
    this.#client.go(0);
    await this.#client.received(this.#missed + events, 60);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}

async function subscribers(server: Reelay): Promise<{ readonly behind: number; readonly queuedBytes: number }> {
  const answer = await server.fetch("/api/v1/health");
  const health = (await answer.json()) as { subscribers: { behind: number; queuedBytes: number } };
  return health.subscribers;
}
