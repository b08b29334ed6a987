import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { createLogger } from "../support/index.ts";
import type { Hook } from "./hook.ts";
import { type RecordLimits, RecordRetention } from "./record-retention.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { Receiver } from "./testing/receiver.ts";
import { DAY, HOUR, MINUTE, sessionEvent, WebhookRig } from "./testing/rig.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A port on which nothing listens. */
const NOBODY = "http://127.0.0.1:9/hook";
const forEver: Partial<Hook> = { maxAge: { live: null, record: null } };

/** A receiver that takes everything, and one that is away and waited for. */
async function setUp(hooks: readonly string[] = ["there", "away"]) {
  const receiver = await Receiver.open();
  opened.push(receiver);
  const urls: Readonly<Record<string, string>> = { there: receiver.url, away: NOBODY };
  const rig = await WebhookRig.open({ hooks: hooks.map((id) => aHook(id, urls[id] ?? NOBODY, forEver)) });
  opened.push(rig);
  const cut = async (limits: Partial<RecordLimits>) => {
    const { database, clock } = rig;
    await using retention = new RecordRetention({ database, clock, log: createLogger("silent"), limits });
    await retention.run();
  };
  return { rig, cut };
}

/** What is kept of the record: hook and session of each delivery, oldest first. */
const kept = (rig: WebhookRig) => rig.deliveries().map(({ hookId, subject }) => `${hookId} ${subject}`);

function count(rig: WebhookRig, table: "attempts" | "plans"): number {
  return Number(rig.database.read.get(`SELECT count(*) AS n FROM ${table}`)?.n);
}

/** Attempts and messages of deliveries that are not there any more. */
const orphans = (rig: WebhookRig) => [
  ...rig.database.read.all("SELECT delivery FROM attempts WHERE delivery NOT IN (SELECT seq FROM deliveries)"),
  ...rig.database.read.all("SELECT id FROM messages WHERE id NOT IN (SELECT message FROM deliveries)"),
];

/** A delivery for a hook that the courier does not know. */
function add(
  { database, webhooks, clock }: WebhookRig,
  session: number,
  state: "waiting" | "delivered",
): Promise<void> {
  const { deliveries } = webhooks;
  const now = clock.now();
  return database.transaction((tx) => {
    const message = deliveries.message(tx, {
      ...{ eventId: `event-${session}`, name: "media.play", accountId: 1, subject: `session:${session}` },
      ...{ player: null, snapshot: null, payload: "{}", eventTime: now },
    });
    const one = { id: `msg_${session}`, hookId: "gone", createdAt: now, dueAt: now, expiresAt: null };
    const seq = deliveries.insert(tx, message, one)?.row.seq ?? 0;
    if (state !== "waiting") deliveries.end(tx, seq, state, "", now);
  });
}

describe("by age", () => {
  test("what was made longer ago is removed with its attempts and decisions, the rest is kept", async () => {
    const { rig, cut } = await setUp(["there"]);
    await rig.tell(sessionEvent("started", { session: 1 }));
    rig.manual.advance(2 * HOUR);
    await rig.tell(sessionEvent("started", { session: 2 }));
    rig.manual.advance(HOUR);
    await rig.tell(sessionEvent("started", { session: 3 }));
    expect([count(rig, "attempts"), count(rig, "plans")]).toEqual([3, 3]);

    await cut({ maxAgeMs: 3 * HOUR });
    expect(kept(rig)).toEqual(["there session:1", "there session:2", "there session:3"]);
    rig.manual.advance(1);
    await cut({ maxAgeMs: 3 * HOUR });
    expect(kept(rig)).toEqual(["there session:2", "there session:3"]);
    expect([count(rig, "attempts"), count(rig, "plans"), orphans(rig)]).toEqual([2, 2, []]);
  });

  test("what waits is never removed, and goes with the rest once it has ended", async () => {
    const { rig, cut } = await setUp();
    for (const session of [1, 2]) await rig.tell(sessionEvent("started", { session }));
    rig.manual.advance(2 * HOUR);
    await rig.idle();
    await cut({ maxAgeMs: HOUR });
    expect(kept(rig)).toEqual(["away session:1", "away session:2"]);
    expect(rig.deliveries().map(({ state }) => state)).toEqual(["waiting", "waiting"]);

    rig.hooks.disable("away", "by-hand");
    await until(() => rig.deliveries().every(({ state }) => state === "dropped"), "what waits to be dropped");
    await cut({ maxAgeMs: HOUR });
    expect(kept(rig)).toEqual([]);
    expect(count(rig, "attempts")).toBe(0);
  });
});

describe("by number", () => {
  test("the newest are kept, whoever they are for", async () => {
    const { rig, cut } = await setUp(["there"]);
    for (let session = 1; session <= 5; session++) await rig.tell(sessionEvent("started", { session }));
    await cut({ maxDeliveries: 5 });
    expect(kept(rig)).toHaveLength(5);
    await cut({ maxDeliveries: 2 });
    expect(kept(rig)).toEqual(["there session:4", "there session:5"]);
    expect([count(rig, "attempts"), orphans(rig)]).toEqual([2, []]);
    // Why a hook got nothing is kept by age alone.
    expect(count(rig, "plans")).toBe(5);
  });

  test("what waits is kept besides", async () => {
    const { rig, cut } = await setUp();
    for (let session = 1; session <= 3; session++) await rig.tell(sessionEvent("started", { session }));
    await cut({ maxDeliveries: 2 });
    expect(kept(rig).sort()).toEqual(["away session:1", "away session:2", "away session:3", "there session:3"]);
  });

  test("hundreds go in slices, and all of them", async () => {
    const { rig, cut } = await setUp(["there"]);
    for (let session = 1; session <= 1_000; session++) await add(rig, session, "delivered");
    await rig.idle();
    await cut({ maxDeliveries: 10 });
    expect(kept(rig)).toEqual(Array.from({ length: 10 }, (_, index) => `gone session:${991 + index}`));
  });
});

test("a server cuts the record by itself: thirty days of it are there, and what waits", async () => {
  const { rig } = await setUp(["there"]);
  await rig.tell(sessionEvent("started", { session: 1 }));
  // Not before its time, for as long as it is waited for.
  await add(rig, 9, "waiting");
  rig.manual.advance(30 * DAY - HOUR);
  await rig.tell(sessionEvent("started", { session: 2 }));
  expect(kept(rig)).toEqual(["there session:1", "gone session:9", "there session:2"]);
  await until(
    () => {
      rig.manual.advance(10 * MINUTE);
      return !kept(rig).includes("there session:1");
    },
    () => `the oldest to be removed: ${kept(rig)}`,
  );
  expect(kept(rig)).toEqual(["gone session:9", "there session:2"]);
});
