import { setTimeout as delay } from "node:timers/promises";
import { PlexAPI } from "@reelay/sdk";
import type { EventSource as EventSourceClass } from "eventsource";
import { PlexStandIn } from "../test/sdk/stand-in/plex-server.ts";
import { inTurns } from "./measure.ts";
import { importPeer } from "./peer.ts";
import type { BenchOptions, BenchSuite } from "./report.ts";

const OUTAGE_MS = 300;

/** How soon a listener is back after its server was away for a moment. */
export async function benchReconnect({ rounds, say }: BenchOptions): ReturnType<BenchSuite["run"]> {
  say("sdk: reconnecting after a short outage");
  const { EventSource } = (await importPeer("eventsource")) as { EventSource: typeof EventSourceClass };
  await using server = await PlexStandIn.start();
  const settings = `server down for ${OUTAGE_MS} ms; from its return to the open stream`;
  const outage = async () => {
    await server.stop();
    await delay(OUTAGE_MS);
    await server.start();
    const began = performance.now();
    while (server.streamCount === 0) await delay(1);
    return performance.now() - began;
  };
  const rows = await inTurns(
    [
      {
        name: "SDK: back after a restart",
        unit: "ms",
        settings,
        async measure() {
          const { events } = new PlexAPI({ serverURL: server.url, token: server.token });
          await using subscription = events.subscribe();
          await subscription.ready();
          await delay(1_100);
          const took = await outage();
          await subscription.close();
          while (server.streamCount > 0) await delay(1);
          return took;
        },
      },
      {
        name: "eventsource: back after a restart",
        unit: "ms",
        settings,
        async measure() {
          const source = new EventSource(`${server.url}/:/eventsource/notifications?X-Plex-Token=${server.token}`);
          await new Promise((resolve) => source.addEventListener("open", resolve));
          const took = await outage();
          source.close();
          while (server.streamCount > 0) await delay(1);
          return took;
        },
      },
    ],
    rounds,
    false,
  );
  return { rows, goals: [{ ratio: "reconnect/1 s", value: (rows[0]?.median ?? Number.NaN) / 1_000, atMost: 1 }] };
}
