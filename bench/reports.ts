import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PlexAPI } from "@reelay/sdk";
import { ReelayProcess, SAMPLES } from "../test/support/reelay-process.ts";
import { temporaryFolder } from "../test/support/temporary-folder.ts";
import type { BenchRow, BenchSuite } from "./report.ts";

const CLIENT = fileURLToPath(new URL("reports-client.ts", import.meta.url));
/** Reports a second of the one player. */
const RATE = 10_000;
/** Between two reports of the other player, whose answers are timed. */
const EACH_MS = 50;
const TOKEN = "token-of-the-benchmark";

interface Counts {
  readonly ok: number;
  readonly refused: number;
  readonly retryAfter: number;
  readonly answered: number;
}

interface Flood {
  readonly offered: number;
  /** Seconds until the last was offered, and until the last was answered. */
  readonly took: number;
  readonly answeredIn: number;
  readonly inTime: Counts;
  readonly counts: Counts;
}

/** What one player that reports without end costs it, and the others. */
export const reports: BenchSuite = {
  description: `one player that reports ${RATE} times a second, and another beside it`,
  parts: ["reports"],
  async run({ seconds, say }) {
    await using folder = await temporaryFolder("reports");
    await using server = await ReelayProcess.start({
      dataDir: folder.path,
      media: [join(SAMPLES, "Films")],
      token: TOKEN,
    });
    await server.scanned();
    const ratingKey = await firstFilm(server);
    const told: { player: string; state: string }[] = [];
    await using subscription = subscribe(server, told);
    await subscription.ready();
    say("reports: the other player alone");
    const alone = await reportEach(server, ratingKey, Math.max(3, seconds));
    say(`reports: ${RATE} a second of one player, for ${Math.max(3, seconds)} s`);
    const flooding = flood(server, ratingKey, Math.max(3, seconds));
    // Once it has begun.
    await delay(1_000);
    const [beside, change] = await Promise.all([
      reportEach(server, ratingKey, Math.max(1, seconds - 2)),
      changeOf(server, ratingKey, told),
    ]);
    const { offered, took, answeredIn, inTime, counts } = await flooding;
    const played = told.filter(({ player }) => player === "flood").length;
    const settings = `${offered} requests offered in ${took.toFixed(1)} s, pipelined on 8 sockets by a process of its own; ${counts.answered} answered: ${counts.ok} with 200, ${counts.refused} with 429, ${counts.retryAfter} with Retry-After, the last after ${answeredIn.toFixed(1)} s`;
    const row = (name: string, unit: string, value: number): BenchRow => {
      return { name, unit, median: value, lowest: value, highest: value, rounds: 1, settings };
    };
    const rows = [
      row("offered", "reports/s", offered / took),
      row("answered while they were offered", "reports/s", inTime.answered / took),
      row("answered with 200", "reports/s", counts.ok / answeredIn),
      row("told on streams", "events/s", played / answeredIn),
      row("a change of state on another connection, to its answer", "ms", change),
      row("another player, alone, median answer", "ms", alone.median),
      row("another player, alone, p99", "ms", alone.p99),
      row("another player, beside it, median answer", "ms", beside.median),
      row("another player, beside it, p99", "ms", beside.p99),
      row("another player, beside it, refused", "reports", beside.refused),
    ];
    return {
      rows,
      goals: [
        { ratio: "offered of 10,000 reports/s", value: offered / took / RATE, atLeast: 0.99 },
        { ratio: "refused with Retry-After", value: counts.retryAfter / Math.max(1, counts.refused), atLeast: 1 },
        { ratio: "of the other player refused", value: beside.refused, atMost: 0 },
      ],
    };
  },
};

async function firstFilm(server: ReelayProcess): Promise<string> {
  const answer = await server.fetch("/library/sections/1/all", { headers: { accept: "application/json" } });
  const { MediaContainer } = (await answer.json()) as { MediaContainer: { Metadata: { ratingKey: string }[] } };
  return MediaContainer.Metadata[0]?.ratingKey ?? "";
}

/** Whose playback is told goes into `told`, in that order. */
function subscribe(server: ReelayProcess, told: { player: string; state: string }[]) {
  const subscription = new PlexAPI({ serverURL: server.url, token: TOKEN }).events.subscribe({ filter: ["playing"] });
  subscription.on("playing", ({ entry }) => told.push({ player: entry.clientIdentifier ?? "", state: entry.state }));
  return subscription;
}

function report(server: ReelayProcess, ratingKey: string, player: string, state: string, time: number) {
  return server.fetch(`/:/timeline?ratingKey=${ratingKey}&state=${state}&time=${time}`, {
    headers: { "x-plex-client-identifier": player },
  });
}

/** Another player, which reports at its own pace. */
async function reportEach(server: ReelayProcess, ratingKey: string, seconds: number) {
  const times: number[] = [];
  let refused = 0;
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await delay(EACH_MS)) {
    const began = performance.now();
    const { status } = await report(server, ratingKey, "other", "playing", times.length);
    times.push(performance.now() - began);
    if (status !== 200) refused++;
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99), refused };
}

/** The very player that floods pauses, on a connection of its own. @returns how long its answer took, ms */
async function changeOf(server: ReelayProcess, ratingKey: string, told: { player: string; state: string }[]) {
  const began = performance.now();
  const { status } = await report(server, ratingKey, "flood", "paused", 1_000);
  const took = performance.now() - began;
  if (status !== 200) throw new Error(`a change of state was answered with ${status}`);
  const isTold = () => told.some(({ player, state }) => player === "flood" && state === "paused");
  for (let left = 500; !isTold() && left > 0; left--) await delay(20);
  if (!isTold()) throw new Error("a change of state was not told");
  return took;
}

async function flood(server: ReelayProcess, ratingKey: string, seconds: number): Promise<Flood> {
  const args = [CLIENT, String(server.port), TOKEN, ratingKey, "flood", String(RATE), String(seconds)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(child, "close");
  return JSON.parse(text) as Flood;
}
