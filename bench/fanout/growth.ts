import { interleaved, type Load, measure, median, metrics, rowOf, settingsOf, shortened } from "./measure.ts";
import type { Part } from "./parts.ts";
import { reelay } from "./subjects.ts";

const SIZES = [1_000, 5_000, 10_000] as const;
/** Deliveries a second, the same for all sizes. */
const DELIVERIES = 40_000;

/** Whether a delivery costs more when there are more subscribers. */
export const growth: Part = {
  name: "growth",
  async run({ work, seconds, rounds, say }) {
    await using server = await reelay(work, "ws", "Reelay, WebSocket");
    const loads = SIZES.map((connections): Load => {
      const rate = DELIVERIES / connections;
      return { connections, rate, events: Math.max(8, Math.round(rate * 2.5 * seconds)), bytes: 300 };
    });
    const sides = Object.fromEntries(
      loads.map((load) => [load.connections, (warmUp: boolean) => measure(work, server, shortened(load, warmUp))]),
    );
    const measured = await interleaved(rounds, sides, (text) => say(`growth: ${text}`));
    const of = ({ connections }: Load) => measured[connections] ?? [];
    const medians = loads.map((load) => median(of(load).map(metrics.cpu.of)));
    return {
      rows: loads.map((load) =>
        rowOf(`growth: ${load.connections} subscribers`, metrics.cpu, of(load), settingsOf(load)),
      ),
      goals: [
        { ratio: "growth: dearest / cheapest size", value: Math.max(...medians) / Math.min(...medians), atMost: 1.25 },
      ],
    };
  },
};
