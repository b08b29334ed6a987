import { Client } from "./client.ts";
import { median, row } from "./measure.ts";
import type { Part } from "./parts.ts";
import { reelay, type Subject } from "./subjects.ts";

const CONNECTIONS = 10_000;
const MISSED = 100;
/** Told while they come back. */
const LIVE = 40;

/** Everybody comes back at once and resumes, as after a break of the network. */
export const storm: Part = {
  name: "storm",
  async run({ work, rounds, say }) {
    const [connecting, resuming, live]: [number[], number[], number[]] = [[], [], []];
    await using server = await reelay(work, "sse", "Reelay, SSE");
    for (let round = 0; round < Math.min(rounds, 5); round++) {
      say(`storm: round ${round + 1}`);
      await using client = Client.start(work, server, CONNECTIONS);
      await client.connect();
      await client.reset();
      // So that everybody has a position.
      await server.run(10, 1, 300);
      await client.received(1);
      await client.drop();
      connecting.push((await client.connect()) / 1e6);

      await miss(client, server);
      const began = performance.now();
      await client.connect(true);
      await client.received(MISSED, 120);
      resuming.push(performance.now() - began);

      await miss(client, server);
      const telling = server.run(20, LIVE, 300);
      await client.connect(true);
      const { p99 } = await client.received(MISSED + LIVE, 120);
      await telling;
      live.push(p99 / 1e6);
    }
    const settings = `${CONNECTIONS} subscribers, ${MISSED} events of 300 bytes each, handshakes 400 at a time`;
    const rows = [
      row("storm: merely connect", "ms", connecting, settings),
      row("storm: connect and resume", "ms", resuming, settings),
      row("storm: live events meanwhile", "ms, p99", live, settings),
    ];
    return {
      rows,
      goals: [
        { ratio: "storm: resume / merely connect", value: median(resuming) / median(connecting), atMost: 3 },
        { ratio: "storm: p99 of live events / 250 ms", value: median(live) / 250, atMost: 1 },
      ],
    };
  },
};

/** All are cut, and events happen meanwhile. */
async function miss(client: Client, server: Subject): Promise<void> {
  await client.drop();
  await server.run(2_000, MISSED, 300);
  await client.reset();
}
