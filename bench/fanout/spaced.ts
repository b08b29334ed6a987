import { interleaved, type Load, measure, metrics, ratioOfPairs, rowOf, settingsOf, shortened } from "./measure.ts";
import type { Part } from "./parts.ts";
import { floor, peer, reelay, type Subject } from "./subjects.ts";

/** The latency's median is over at least so many pairs. */
const PAIRS = 9;

/** 40 events a second: nothing to join, every event costs its writes. */
export const spaced: Part = {
  name: "spaced",
  async run({ work, seconds, rounds, say }) {
    const load: Load = { connections: 1_000, rate: 40, events: Math.max(20, Math.round(100 * seconds)), bytes: 300 };
    await using stack = new AsyncDisposableStack();
    const subjects = {
      ours: stack.use(await reelay(work, "ws", "Reelay, WebSocket")),
      floor: stack.use(await floor(work, "ws", 0)),
      sends: stack.use(await peer("ws")),
    };
    const side = (subject: Subject) => (warmUp: boolean) => measure(work, subject, shortened(load, warmUp));
    const sides = { ours: side(subjects.ours), floor: side(subjects.floor), sends: side(subjects.sends) };
    const told = await interleaved(Math.max(rounds, PAIRS), sides, (text) => say(`spaced: ${text}`));
    const names = ["ours", "floor", "sends"] as const;
    return {
      rows: names.flatMap((name) => [
        rowOf(`spaced: ${subjects[name].name}`, metrics.cpu, told[name], settingsOf(load)),
        rowOf(`latency: ${subjects[name].name}`, metrics.last, told[name], settingsOf(load)),
      ]),
      goals: [
        { ratio: "spaced: processor / C floor", value: ratioOfPairs(metrics.cpu, told.ours, told.floor), atMost: 1.6 },
        { ratio: "spaced: processor / ws.send", value: ratioOfPairs(metrics.cpu, told.ours, told.sends), atMost: 0.8 },
        {
          ratio: "latency: to the last of all, p99 / C floor",
          value: ratioOfPairs(metrics.last, told.ours, told.floor),
          atMost: 2,
        },
      ],
    };
  },
};
