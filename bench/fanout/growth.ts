import { settingsOf } from "./loaded.ts";
import { type Load, type Measured, measure, median, metrics, rowOf } from "./measure.ts";
import type { Part } from "./parts.ts";
import { reelay } from "./subjects.ts";

/** Deliveries a second, the same for all sizes. */
const DELIVERIES = 40_000;

/** Whether a delivery costs more when there are more subscribers. */
export const growth: Part = {
  name: "growth",
  async run({ work, seconds, rounds, say }) {
    await using server = await reelay(work, "ws", "Reelay, WebSocket");
    const sizes = [1_000, 5_000, 10_000].map((connections) => {
      const rate = DELIVERIES / connections;
      const load: Load = { connections, rate, events: Math.max(8, Math.round(rate * 5 * seconds)), bytes: 300 };
      return { load, measured: [] as Measured[] };
    });
    for (let round = -1; round < Math.min(rounds, 5); round++) {
      say(`growth: round ${round + 1}`);
      for (const { load, measured } of sizes) {
        const result = await measure(work, server, load);
        if (round >= 0) measured.push(result);
      }
    }
    const medians = sizes.map(({ measured }) => median(measured.map(metrics.cpu.of)));
    return {
      rows: sizes.map(({ load, measured }) =>
        rowOf(`growth: ${load.connections} subscribers`, metrics.cpu, measured, settingsOf(load)),
      ),
      goals: [
        { ratio: "growth: dearest / cheapest size", value: Math.max(...medians) / Math.min(...medians), atMost: 1.25 },
      ],
    };
  },
};
