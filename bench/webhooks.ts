import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent, FormData, fetch, Pool } from "undici";
import { encodeWebhookMultipart, multipartBoundary, multipartContentType } from "../packages/protocol/src/index.ts";
import type { NewMediaEvent } from "../packages/server/src/events/index.ts";
import { systemClock } from "../packages/server/src/support/index.ts";
import { aHook } from "../packages/server/src/webhooks/testing/memory-hooks.ts";
import { sessionEvent, WebhookRig } from "../packages/server/src/webhooks/testing/rig.ts";
import { sampleServer } from "../test/support/sample-server.ts";
import { inTurns, ratioOf, type Side } from "./measure.ts";
import type { BenchOptions, BenchRow, BenchSuite, Goal } from "./report.ts";

const HOOKS = 8;
/** Requests under way at once, on every side: what eight hooks that answer well are given. */
const AT_ONCE = 64;
const PAYLOAD = 1_024;
const THUMB = 20_000;
/** Requests of either side before the first is measured: what a server does for the first time, it does slowly. */
const WARM_UP = 1_000;
const RECEIVER = fileURLToPath(new URL("./webhooks-receiver.ts", import.meta.url));

/** How fast webhooks go out, how soon, and what receivers that are down cost the others. */
export const webhooks: BenchSuite = {
  description: "durable deliveries beside bare requests and fetch with FormData; report to first byte; dead hooks",
  parts: ["deliveries", "latency", "dead"],
  async run(options) {
    const parts: Readonly<Record<string, Part>> = { deliveries, latency, dead };
    const rows: BenchRow[] = [];
    const goals: Goal[] = [];
    for (const [name, part] of Object.entries(parts)) {
      if (options.only !== undefined && !options.only.includes(name)) continue;
      options.say(`webhooks: ${name}`);
      await using receiver = await openReceiver();
      const measured = await part(receiver, options);
      rows.push(...measured.rows);
      goals.push(...measured.goals);
    }
    return { rows, goals };
  },
};

type Part = (receiver: BenchReceiver, options: BenchOptions) => Promise<{ rows: BenchRow[]; goals: Goal[] }>;

interface BenchReceiver extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
}

async function openReceiver(): Promise<BenchReceiver> {
  const child = fork(RECEIVER, { execArgv: ["--conditions=source"] });
  const [port] = (await once(child, "message")) as [number];
  return {
    url: `http://127.0.0.1:${port}/hook`,
    child,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

/** An event whose payload takes about a kilobyte; of a session of its own. */
function eventOf(session: number): NewMediaEvent {
  const told = sessionEvent("started", { session, player: `player-${session}` });
  return { ...told, item: { metadata: { title: "Low Water", summary: "x".repeat(PAYLOAD - 330) }, thumb: "7" } };
}

async function deliveries(receiver: BenchReceiver, options: BenchOptions) {
  const ms = options.seconds * 1_000;
  const hooks = Array.from({ length: HOOKS }, (_, index) => aHook(`hook-${index}`, receiver.url));
  await using rig = await WebhookRig.open({ clock: systemClock, hooks });
  const { origin } = new URL(receiver.url);
  const bare = new Pool(origin, { connections: AT_ONCE });
  const agent = new Agent({ connections: AT_ONCE });
  const boundary = multipartBoundary();
  const text = JSON.stringify({ event: "media.play", text: "x".repeat(PAYLOAD - 40) });
  const thumb = Buffer.alloc(THUMB, 7);
  const body = encodeWebhookMultipart({ payload: text, thumb }, boundary);
  const headers = { "content-type": multipartContentType(boundary) };
  const settings = `${PAYLOAD} B payload, ${THUMB} B thumb, ${AT_ONCE} at once, one receiver on loopback`;
  let session = 0;
  const sides: Side[] = [
    {
      name: "durable deliveries",
      unit: "deliveries/s",
      settings: `${settings}; planned, signed, recorded`,
      measure: async () => {
        const { courier } = rig.webhooks;
        const before = courier.counts.delivered;
        let planned = 0;
        const started = performance.now();
        while (performance.now() - started < ms) {
          const ahead = planned * HOOKS - (courier.counts.delivered - before);
          if (ahead < 8 * AT_ONCE) {
            const events = Array.from({ length: 16 }, () => eventOf(session++));
            planned += events.length;
            await rig.database.transaction((tx) => void rig.outbox.append(tx, events));
          }
          // Longer than a turn of the loop: who only waits must not take the processor from what is measured.
          await setTimeout(2);
        }
        const count = courier.counts.delivered - before;
        const took = performance.now() - started;
        await rig.idle();
        return (count * 1_000) / took;
      },
    },
    {
      name: "undici, prebuilt",
      unit: "deliveries/s",
      settings: `${settings}; nothing kept`,
      measure: () =>
        rateAtOnce(ms, async () => {
          const answer = await bare.request({ path: "/hook", method: "POST", headers, body });
          await answer.body.dump();
        }),
    },
    {
      name: "fetch with FormData",
      unit: "deliveries/s",
      settings: `${settings}; nothing kept`,
      measure: () =>
        rateAtOnce(ms, async () => {
          const form = new FormData();
          form.set("payload", new Blob([text], { type: "application/json" }));
          form.set("thumb", new Blob([thumb], { type: "image/jpeg" }), "thumb.jpg");
          const answer = await fetch(receiver.url, { method: "POST", body: form, dispatcher: agent });
          await answer.arrayBuffer();
        }),
    },
  ];
  const rows = await inTurns(sides, options.rounds);
  await Promise.all([bare.close(), agent.close()]);
  const [own, floor, peer] = rows as [BenchRow, BenchRow, BenchRow];
  return {
    rows,
    goals: [
      { ratio: "deliveries / undici, prebuilt", value: ratioOf([own, floor]), atLeast: 0.5 },
      { ratio: "deliveries / fetch with FormData", value: ratioOf([own, peer]), atLeast: 3 },
    ],
  };
}

/** How often per second, so many at once. */
async function rateAtOnce(ms: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  let count = 0;
  const worker = async () => {
    while (performance.now() - started < ms) {
      await work();
      count++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (count * 1_000) / (performance.now() - started);
}

/** From the moment at which a player reports a start to the first byte at the receiver. */
async function latency(receiver: BenchReceiver, options: BenchOptions) {
  await using samples = await sampleServer();
  const { server } = samples;
  const json = { "content-type": "application/json", accept: "application/json" };
  const hook = { url: receiver.url, events: ["media.play"] };
  await server.fetch("/api/v1/hooks", { method: "POST", headers: json, body: JSON.stringify(hook) });
  const listed = await (await server.fetch("/library/sections/1/all", { headers: json })).json();
  const film = (listed as { MediaContainer: { Metadata: { ratingKey: string }[] } }).MediaContainer.Metadata[0];
  const own = new Pool(server.url, { connections: 1 });
  const bare = new Pool(new URL(receiver.url).origin, { connections: 1 });
  const boundary = multipartBoundary();
  const body = encodeWebhookMultipart({ payload: "x".repeat(PAYLOAD), thumb: Buffer.alloc(THUMB, 7) }, boundary);
  receiver.child.send("tell");
  const times = Math.max(5, Math.round(options.seconds * 100));
  const firstByte = async (request: () => Promise<unknown>) => {
    const arrived = once(receiver.child, "message") as Promise<[string]>;
    const started = process.hrtime.bigint();
    await request();
    const [at] = await arrived;
    return Number(BigInt(at) - started) / 1e6;
  };
  const median = async (count: number, request: () => Promise<unknown>, after?: () => Promise<unknown>) => {
    const values: number[] = [];
    for (let index = 0; index < count; index++) {
      values.push(await firstByte(request));
      await after?.();
    }
    return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  };
  const report = async (state: "playing" | "stopped") => {
    const player = `&X-Plex-Client-Identifier=tv&X-Plex-Token=${server.token}`;
    const item = `ratingKey=${film?.ratingKey}&key=/library/metadata/${film?.ratingKey}`;
    const path = `/:/timeline?${item}&state=${state}&time=0&duration=60000${player}`;
    const answer = await own.request({ path, method: "POST" });
    await answer.body.dump();
  };
  const post = async () => {
    const headers = { "content-type": multipartContentType(boundary) };
    const answer = await bare.request({ path: "/hook", method: "POST", headers, body });
    await answer.body.dump();
  };
  const settings = `p50 of ${times} in turns, after ${WARM_UP} of each, a receiver on loopback, connections kept`;
  const start = () => report("playing");
  const stop = () => report("stopped");
  const cold = await median(times, start, stop);
  options.say(`the first ${times} reports: ${cold.toFixed(2)} ms`);
  await median(WARM_UP - times, start, stop);
  await median(WARM_UP, post);
  const rows = await inTurns(
    [
      {
        name: "report to first byte",
        unit: "ms",
        settings,
        measure: () => median(times, start, stop),
      },
      { name: "bare POST to first byte", unit: "ms", settings, measure: () => median(times, post) },
    ],
    options.rounds,
  );
  await Promise.all([own.close(), bare.close()]);
  return { rows, goals: [{ ratio: "report to first byte / bare POST", value: ratioOf(rows), atMost: 3 }] };
}

/** What a thousand hooks get when a hundred of them are dead: half refuse connections, half never answer. */
async function dead(receiver: BenchReceiver, options: BenchOptions) {
  const silent = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const living = Array.from({ length: 900 }, (_, index) => aHook(`living-${index}`, receiver.url));
  const gone = Array.from({ length: 100 }, (_, index) =>
    aHook(`dead-${index}`, index % 2 === 0 ? "http://127.0.0.1:9/" : `http://127.0.0.1:${port}/`),
  );
  const events = Math.max(1, Math.round(options.seconds * 4));
  let session = 0;
  const side = async (name: string, hooks: typeof living): Promise<Side & AsyncDisposable> => {
    const rig = await WebhookRig.open({ clock: systemClock, hooks });
    return {
      name,
      unit: "deliveries/s",
      settings: `${events} events for each of 900 living hooks, ${THUMB} B thumb`,
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
      async measure() {
        const { courier } = rig.webhooks;
        const enough = courier.counts.delivered + events * living.length;
        const started = performance.now();
        for (let index = 0; index < events; index++) {
          const event = eventOf(session++);
          await rig.database.transaction((tx) => void rig.outbox.append(tx, [event]));
        }
        while (courier.counts.delivered < enough) await setTimeout(1);
        return (events * living.length * 1_000) / (performance.now() - started);
      },
    };
  };
  await using among = await side("900 living beside 100 dead", [...living, ...gone]);
  await using alone = await side("900 living alone", living);
  const rows = await inTurns([among, alone], options.rounds);
  silent.close();
  return { rows, goals: [{ ratio: "living beside dead / alone", value: ratioOf(rows), atLeast: 0.9 }] };
}
