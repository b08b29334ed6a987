import { settingsOf } from "./loaded.ts";
import { type Load, type Measured, measure, metrics, ratioOfPairs, rowOf } from "./measure.ts";
import type { Part } from "./parts.ts";
import { floor, peer, reelay, type Subject } from "./subjects.ts";

/** 40 events a second: nothing to join, every event costs its writes. */
export const spaced: Part = {
  name: "spaced",
  async run({ work, seconds, rounds, say }) {
    const load: Load = { connections: 1_000, rate: 40, events: Math.max(20, Math.round(200 * seconds)), bytes: 300 };
    await using stack = new AsyncDisposableStack();
    const ours = stack.use(await reelay(work, "ws", "Reelay, WebSocket"));
    const least = stack.use(await floor(work, "ws", 0));
    const library = stack.use(await peer("ws"));
    const sides = [ours, least, library].map((subject: Subject) => ({ subject, measured: [] as Measured[] }));
    // The latency's median is over at least nine pairs.
    const pairs = Math.max(rounds, 9);
    for (let round = -1; round < pairs; round++) {
      say(`spaced: round ${round + 1} of ${pairs}`);
      for (const { subject, measured } of sides) {
        const result = await measure(work, subject, load);
        if (round >= 0) measured.push(result);
      }
    }
    const [mine = [], floors = [], sends = []] = sides.map(({ measured }) => measured);
    const rows = sides.flatMap(({ subject, measured }) => [
      rowOf(`spaced: ${subject.name}`, metrics.cpu, measured, settingsOf(load)),
      rowOf(`latency: ${subject.name}`, metrics.last, measured, settingsOf(load)),
    ]);
    return {
      rows,
      goals: [
        { ratio: "spaced: processor / C floor", value: ratioOfPairs(metrics.cpu, mine, floors), atMost: 1.6 },
        { ratio: "spaced: processor / ws.send", value: ratioOfPairs(metrics.cpu, mine, sends), atMost: 0.8 },
        { ratio: "latency: last of all, p99 / C floor", value: ratioOfPairs(metrics.last, mine, floors), atMost: 2 },
      ],
    };
  },
};
