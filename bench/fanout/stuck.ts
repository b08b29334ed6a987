import { Client } from "./client.ts";
import { settingsOf } from "./loaded.ts";
import { type Load, type Measured, metrics, offer, ratioOfPairs, rowOf } from "./measure.ts";
import type { Part } from "./parts.ts";
import { reelay, type Subject } from "./subjects.ts";

/** One of 1,000 stops reading: what that costs the others, and whether it gets everything in the end. */
export const stuck: Part = {
  name: "stuck",
  async run({ work, seconds, rounds, say }) {
    const load: Load = { connections: 1_000, rate: 500, events: Math.round(3_000 * seconds), bytes: 1_000 };
    await using server = await reelay(work, "ws", "Reelay, WebSocket");
    const [without, withOne]: [Measured[], Measured[]] = [[], []];
    const pairs = Math.max(rounds, 9);
    for (let round = -1; round < pairs; round++) {
      say(`stuck: round ${round + 1} of ${pairs}`);
      for (const [stalls, measured] of [
        [false, without],
        [true, withOne],
      ] as const) {
        const result = await run(work, server, load, stalls);
        if (round >= 0) measured.push(result);
      }
    }
    return {
      rows: [
        rowOf("stuck: all read", metrics.cpu, without, settingsOf(load)),
        rowOf("stuck: one does not", metrics.cpu, withOne, settingsOf(load)),
        rowOf("stuck: all read", metrics.p99, without, settingsOf(load)),
        rowOf("stuck: one does not", metrics.p99, withOne, settingsOf(load)),
      ],
      goals: [
        { ratio: "stuck: processor per delivery", value: ratioOfPairs(metrics.cpu, withOne, without), atMost: 1.1 },
        { ratio: "stuck: p99 of the others", value: ratioOfPairs(metrics.p99, withOne, without), atMost: 1.25 },
      ],
    };
  },
};

async function run(work: string, server: Subject, load: Load, stalls: boolean): Promise<Measured> {
  await using client = Client.start(work, server, load.connections);
  await client.connect();
  await client.reset();
  if (stalls) client.stall(0);
  const measured = await offer(server, client, load);
  client.go(0);
  // What it missed, it gets: all of it, in order.
  await client.received(load.events, 60);
  return measured;
}
