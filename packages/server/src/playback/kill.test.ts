import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { SessionFacts } from "../events/index.ts";
import { viewOf } from "../library/index.ts";
import { MINUTE, PlaybackRig } from "./testing/rig.ts";
import { template } from "./testing/scanned.ts";

/** Kills per run; `npm run soak` asks for more. */
const KILLS = Number(process.env.REELAY_SOAK_ROUNDS ?? 3);
const CHILD = fileURLToPath(new URL("./testing/playback-child.ts", import.meta.url));
const accounts: Readonly<Record<string, number>> = { owner: 1, robin: 2 };

interface Answered {
  readonly player: string;
  readonly who: string;
  readonly ratingKey: number;
  readonly state: string;
  readonly time: number;
}

/** Lets players report until so many reports were answered, then kills the server. */
async function playUntil(reports: number): Promise<{ database: string; media: string; answered: Answered[] }> {
  const child = spawn(process.execPath, ["--conditions=source", CHILD, await template()], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length > reports) child.kill("SIGKILL");
  }
  await exited;
  const [first = "{}", ...others] = lines;
  return { ...JSON.parse(first), answered: others.map((line) => JSON.parse(line) as Answered) };
}

test(`kill -9 in the middle of playback, ${KILLS} times: sessions end once, and places are kept`, {
  timeout: 60_000 * KILLS,
}, async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    const { database, media, answered } = await playUntil(60 + 31 * kill);
    try {
      await using rig = await PlaybackRig.open({ from: database, now: 1_800_000_000_000 });
      const told = (await rig.events()).filter(({ type }) => type.startsWith("session."));
      const count = (type: string, key: number) =>
        told.filter((event) => event.type === type && (event.facts as SessionFacts).sessionKey === key).length;
      const keys = [...new Set(told.map(({ facts }) => (facts as SessionFacts).sessionKey))];
      expect(keys.length).toBeGreaterThanOrEqual(3);
      for (const key of keys) {
        expect([key, count("session.started", key), count("session.stopped", key)]).toEqual([key, 1, 1]);
      }
      expect(told.filter(({ facts }) => (facts as SessionFacts).why === "vanished").length).toBeGreaterThan(0);
      expect(rig.playback.sessions.list()).toEqual([]);
      for (const { player, who } of [
        { player: "tv", who: "owner" },
        { player: "phone", who: "robin" },
      ]) {
        const last = answered.findLast((one) => one.player === player && one.who === who);
        if (last === undefined) throw new Error(`${player} of ${who} was never answered`);
        const kept = viewOf(rig.library.database.read, accounts[who] ?? 0, last.ratingKey).viewOffset ?? 0;
        // The report after it may have been stored, and its answer not read.
        expect([last.time, last.time + MINUTE, 2 * MINUTE], `${player} of ${who}`).toContain(kept);
      }
    } finally {
      rmSync(media, { recursive: true, force: true });
    }
  }
});
