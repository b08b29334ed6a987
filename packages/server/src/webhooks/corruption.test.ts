import { afterEach, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import type { Hook } from "./hook.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { answers, ok, Receiver } from "./testing/receiver.ts";
import { MINUTE, SECOND, WebhookRig } from "./testing/rig.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A database that is found to be damaged, and hooks that all lead to one receiver, each to a path of its own. */
async function damaged(hooks: Readonly<Record<string, Partial<Hook>>>, behaviour = ok) {
  const receiver = await Receiver.open(behaviour);
  opened.push(receiver);
  const known = Object.entries(hooks).map(([id, said]) => aHook(id, `${receiver.url}/${id}`, said));
  const rig = await WebhookRig.open({ hooks: known });
  opened.push(rig);
  const time = rig.clock.now();
  rig.webhooks.corrupted({ kind: "database-corrupted", time, detail: "malformed" });
  return { rig, receiver };
}

test("that the database is damaged is told from memory to the owner's hooks that want it, and nothing of it is written", async () => {
  const { rig, receiver } = await damaged({
    all: {},
    wanting: { events: ["admin.database.corrupted"], format: "json" },
    other: { events: ["media.play"] },
    disabled: { enabled: false, disabledReason: "by-hand" },
    member: { accountId: 2 },
  });
  await until(() => receiver.received.length === 2, "both to be told");
  expect(receiver.received.map(({ path }) => path).toSorted()).toEqual(["/hook/all", "/hook/wanting"]);
  for (const { event, payload } of receiver.received) {
    expect([event, payload.user, payload.owner]).toEqual(["admin.database.corrupted", true, true]);
    expect(payload).not.toHaveProperty("Metadata");
  }
  expect(rig.deliveries()).toEqual([]);
});

test("a receiver that fails at that moment is told again, by the same id, until it has taken it", async () => {
  const { rig, receiver } = await damaged({ a: {} }, answers(503));
  for (const [count, wait] of [
    [1, 5],
    [2, 30],
  ] as const) {
    await until(() => receiver.received.length === count, `attempt ${count}`);
    if (count === 2) receiver.behaviour = ok;
    // The answer has to come back before time moves on.
    await until(() => {
      rig.manual.advance((wait * SECOND) / 4);
      return receiver.received.length > count;
    }, `what follows attempt ${count}`);
  }
  const [first, ...others] = receiver.received;
  expect(others.map(({ id }) => id)).toEqual([first?.id, first?.id]);
  expect(receiver.received.map(({ headers }) => headers["reelay-attempt"])).toEqual(["1", "2", "3"]);
  const bodies = new Set(receiver.received.map(({ body }) => body.toString("latin1")));
  expect(bodies.size).toBe(1);
});

test("a receiver that is gone is not told again, nor one whose hook wants nothing as old", async () => {
  const { rig, receiver } = await damaged(
    { gone: {}, soon: { maxAge: { live: null, record: MINUTE } }, ever: { maxAge: { live: null, record: null } } },
    ({ path }, response) => void response.writeHead(path.endsWith("gone") ? 410 : 500).end(),
  );
  const times = (id: string) => receiver.received.filter(({ path }) => path === `/hook/${id}`).length;
  await until(() => {
    rig.manual.advance(10 * SECOND);
    return times("ever") === 4;
  }, "the one that is told for ever to be told four times");
  expect(times("gone")).toBe(1);
  // At once, after 5 seconds and after 30 more, as far as they were still within the minute.
  expect(times("soon")).toBeGreaterThan(0);
  expect(times("soon")).toBeLessThanOrEqual(3);
});
