import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PlexAPI } from "@reelay/sdk";
import { temporaryFolder } from "../temporary-folder.ts";
import { until } from "../wait.ts";

const CHILD = fileURLToPath(new URL("busy-child.ts", import.meta.url));
/** Between two changes of a preference, which a live stream must tell. */
const EACH_MS = 50;

export interface Busy {
  /** Delay of the server's event loop, ms, as `perf_hooks.monitorEventLoopDelay` has it. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How often each was done from its beginning to its end while it was measured. */
  readonly backups: number;
  readonly checks: number;
  readonly scans: number;
  readonly histories: number;
  /** Events that were removed by retention. */
  readonly pruned: number;
  /** Changes that were made, each told on the stream before this ended; from its request to the stream, ms. */
  readonly changes: number;
  readonly slowestChangeMs: number;
  readonly seconds: number;
}

/**
 * Lets one server scan its library, prune its log, back up and check its database and answer history queries at the same time, until each was
 * done at least once, under a live stream on which changes arrive all the while.
 * @param events in the log before, of which all but a thousand are pruned
 */
export async function keepBusy(folders: readonly string[], events: number, seconds = 0): Promise<Busy> {
  await using data = await temporaryFolder("busy");
  await using child = await start(data.path, events, folders);
  const { url, token } = child;
  const ask = (path: string, method = "GET") =>
    fetch(new URL(path, url), { method, headers: { "x-plex-token": token, accept: "application/json" } });
  const told = new Set<string>();
  const waiting = new Map<string, number>();
  let slowestChangeMs = 0;
  let scans = 0;
  await using subscription = new PlexAPI({ serverURL: url, token }).events.subscribe({ buffer: 100_000 });
  subscription.on("preference", ({ entry }) => {
    if (entry.id !== "FriendlyName") return;
    const value = String(entry.value);
    slowestChangeMs = Math.max(slowestChangeMs, performance.now() - (waiting.get(value) ?? performance.now()));
    told.add(value);
  });
  let cleaned = false;
  subscription.on("activity", ({ entry }) => {
    if (entry.event !== "ended") return;
    if (entry.Activity.title === "Cleaning up") cleaned = true;
    if (entry.Activity.type === "library.update.section") scans++;
  });
  await subscription.ready();

  const began = performance.now();
  let busy = true;
  let changes = 0;
  let histories = 0;
  child.say("begin");
  expectOk(await ask("/:/prefs?EventRetentionRows=1000", "PUT"));
  expectOk(await ask("/butler/CleanOldCacheFiles", "POST"));
  const changing = loop(async () => {
    const name = `change ${++changes}`;
    waiting.set(name, performance.now());
    expectOk(await ask(`/:/prefs?FriendlyName=${encodeURIComponent(name)}`, "PUT"));
    await delay(EACH_MS);
  });
  const scanning = loop(async () => {
    expectOk(await ask("/library/sections/all/refresh?force=1", "POST"));
    const before = scans;
    await until(() => scans > before || !busy, "a scan to end", 120_000);
  });
  const reading = loop(async () => {
    const answer = await ask("/api/v1/events/history?q=found+nowhere&limit=500");
    // A page that takes too long is refused, which is an answer.
    if (answer.status !== 503) expectOk(answer);
    await answer.arrayBuffer();
    histories++;
  });
  async function loop(step: () => Promise<void>): Promise<void> {
    while (busy) await step();
  }
  await until(
    () => cleaned && scans >= folders.length && histories > 0 && performance.now() - began > seconds * 1_000,
    () => `all to be done: cleaned ${cleaned}, ${scans} scans, ${histories} histories`,
    300_000,
  );
  busy = false;
  await Promise.all([changing, scanning, reading]);
  await until(
    () => told.size === changes,
    () => `${changes} changes to be told, ${told.size} were`,
  );
  const took = (performance.now() - began) / 1_000;
  return { ...(await child.measured()), scans, histories, changes, slowestChangeMs, seconds: took };
}

function expectOk(answer: Response): void {
  if (!answer.ok) throw new Error(`${answer.url} was answered with ${answer.status}`);
}

async function start(dataDir: string, events: number, folders: readonly string[]) {
  const child = fork(CHILD, [dataDir, String(events), ...folders], { execArgv: ["--conditions=source"] });
  const exited = once(child, "exit");
  const [{ url, token }] = (await Promise.race([once(child, "message"), exited.then(() => failed())])) as [
    { readonly url: string; readonly token: string },
  ];
  return {
    url,
    token,
    say: (message: string) => child.send(message),
    async measured() {
      const answer = once(child, "message");
      child.send("end");
      const [values] = (await answer) as [Pick<Busy, "p50" | "p99" | "max" | "backups" | "checks" | "pruned">];
      return values;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}

function failed(): never {
  throw new Error("the server did not start");
}
