import { setTimeout as delay } from "node:timers/promises";
import { type Clock, systemClock } from "../../support/index.ts";
import { aHook } from "./memory-hooks.ts";
import { type SessionChange, sessionEvent, WebhookRig } from "./rig.ts";

/**
 * A process that tells events until there are so many, and sends them to two hooks; to be killed at any moment and started
 * again. Time runs twenty times as fast, so that retries do not take minutes.
 */
const [folder = "", url = "", total = "0"] = process.argv.slice(2);
const FASTER = 20;
const SESSIONS = 40;
const PER_TURN = 10;
const changes: readonly SessionChange[] = ["started", "paused", "resumed", "scrobbled", "stopped"];

const began = Date.now();
const clock: Clock = {
  now: () => began + (Date.now() - began) * FASTER,
  after: (ms, fn) => systemClock.after(ms / FASTER, fn),
  every: (ms, fn) => systemClock.every(ms / FASTER, fn),
};
const anyAge = { maxAge: { live: null, record: null } };
await using rig = await WebhookRig.open({
  folder,
  clock,
  hooks: ["a", "b"].map((id) => aHook(id, `${url}/${id}`, anyAge)),
  // The thread has real time: what waits for its answers is not faster.
  options: { random: Math.random, inThread: true },
});
const count = (sql: string) => Number(rig.database.read.get(`SELECT count(*) AS n FROM ${sql}`)?.n);
let told = count("events WHERE type LIKE 'session.%'");
while (told < Number(total)) {
  const events = Array.from({ length: PER_TURN }, (_, index) => {
    const number = told + index;
    const change = changes[Math.floor(number / SESSIONS) % changes.length] ?? "started";
    return sessionEvent(change, { session: number % SESSIONS, player: `player-${number % SESSIONS}` });
  });
  await rig.database.transaction((tx) => void rig.outbox.append(tx, events));
  told += events.length;
  await delay(1);
}
while (rig.webhooks.planner.planned < rig.log.last() || count("deliveries WHERE state = 'waiting'") > 0)
  await delay(10);
process.stdout.write("done\n");
