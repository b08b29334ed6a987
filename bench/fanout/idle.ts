import { setTimeout as delay } from "node:timers/promises";
import { residentBytes } from "./child.ts";
import { Client } from "./client.ts";
import { row } from "./measure.ts";
import type { Part } from "./parts.ts";
import { reelay } from "./subjects.ts";

const CONNECTIONS = 5_000;

/** What an idle connection takes, of the whole process's memory. */
export const idle: Part = {
  name: "memory",
  async run({ work, rounds, say }) {
    const taken = { sse: [] as number[], ws: [] as number[] };
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      for (const mode of ["sse", "ws"] as const) {
        say(`memory: round ${round + 1}, ${mode}`);
        // A server of its own each time: what a process was given once, it keeps.
        await using server = await reelay(work, mode);
        await delay(3_000);
        const before = residentBytes(server.pid);
        await using client = Client.start(work, server, CONNECTIONS);
        await client.connect();
        // Over a heartbeat.
        await delay(12_000);
        taken[mode].push((residentBytes(server.pid) - before) / CONNECTIONS / 1_024);
      }
    }
    const settings = `${CONNECTIONS} connections, 12 s after the last was opened`;
    const rows = [
      row("memory: SSE", "KiB/connection", taken.sse, settings),
      row("memory: WebSocket", "KiB/connection", taken.ws, settings),
    ];
    return {
      rows,
      goals: [
        { ratio: "memory: SSE / 6 KB", value: ((rows[0]?.median ?? Number.NaN) * 1.024) / 6, atMost: 1 },
        { ratio: "memory: WebSocket / 6.5 KB", value: ((rows[1]?.median ?? Number.NaN) * 1.024) / 6.5, atMost: 1 },
      ],
    };
  },
};
