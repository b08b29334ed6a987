import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import type { Delivery } from "./delivery.ts";
import type { Hook } from "./hook.ts";
import { Resend } from "./resend.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { answers, ok, Receiver } from "./testing/receiver.ts";
import { SECOND, sessionEvent, WebhookRig } from "./testing/rig.ts";
import { Trial } from "./trial.ts";

let rig: WebhookRig;
let receiver: Receiver;
const stack: AsyncDisposable[] = [];
beforeEach(async () => {
  receiver = await Receiver.open(answers(500), () => rig.clock.now());
  stack.push(receiver);
  await open({});
});
afterEach(async () => {
  for (const one of stack.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** Five sessions, whose first attempts have failed. */
async function open(said: Partial<Hook>): Promise<void> {
  rig = await WebhookRig.open({ hooks: [aHook("a", receiver.url, { maxAge: { live: null, record: null }, ...said })] });
  stack.push(rig);
  for (let session = 1; session <= 5; session++) await rig.tell(sessionEvent("started", { session }));
  expect(rig.webhooks.courier.view("a").breaker).toBe("open");
  receiver.received.length = 0;
}

/** Of each delivery, oldest first: attempts that count, attempts in the record, and when the next is due. */
function schedule() {
  return rig
    .deliveries()
    .map(({ seq, attempts, dueAt }) => ({ attempts, recorded: rig.webhooks.attempts.of(seq).length, dueAt }));
}

describe("while the breaker is open no attempt is counted,", () => {
  test("neither for what waits nor for what is planned meanwhile, and nothing is due any later", async () => {
    const opened = rig.clock.now();
    await rig.pass(10 * SECOND);
    await rig.tell(sessionEvent("started", { session: 6 }));
    await rig.pass(19 * SECOND);
    expect(receiver.received).toEqual([]);
    expect(schedule()).toEqual([
      ...Array(5).fill({ attempts: 1, recorded: 1, dueAt: opened + 5 * SECOND }),
      { attempts: 0, recorded: 0, dueAt: opened + 10 * SECOND },
    ]);
  });

  test("and then the schedule goes on where it was", async () => {
    const opened = rig.clock.now();
    await rig.pass(30 * SECOND);
    const second = opened + 30 * SECOND;
    // One attempt decides; it is the second of its delivery, so the third comes 30 s later.
    const [first, ...others] = schedule();
    expect(receiver.received.map(({ headers }) => headers["reelay-attempt"])).toEqual(["2"]);
    expect(first).toEqual({ attempts: 2, recorded: 2, dueAt: second + 30 * SECOND });
    expect(others).toEqual(Array(4).fill({ attempts: 1, recorded: 1, dueAt: opened + 5 * SECOND }));
    await rig.tell(sessionEvent("started", { session: 6 }));
    await rig.pass(59 * SECOND);
    expect(receiver.received).toHaveLength(1);
    receiver.behaviour = ok;
    await rig.pass(SECOND);
    expect(schedule().map(({ attempts, recorded }) => [attempts, recorded])).toEqual([
      [3, 3],
      ...Array(4).fill([2, 2]),
      [1, 1],
    ]);
    expect(new Set(rig.deliveries().map(({ state }) => state))).toEqual(new Set(["delivered"]));
  });
});

describe("a hook that is left alone is asked by hand all the same:", () => {
  const trial = () => {
    const { deliveries, courier } = rig.webhooks;
    const recipient = (accountId: number) => ({
      accountId,
      isOwner: true,
      maySee: () => true,
      own: { id: accountId, title: "Owner" },
    });
    const context = () => ({ server: { title: "Attic", uuid: "5466" }, switches: rig.switches, recipient });
    const hook = rig.hooks.get("a") as Hook;
    return new Trial({ deliveries, courier, clock: rig.clock, context, sampleItem: () => undefined }).send(
      hook,
      "device.new",
      undefined,
    );
  };

  test.each<Partial<Hook>>([{}, { latestOnly: true }])(
    "a test is sent at once, and nothing else is: %j",
    async (said) => {
      await open(said);
      for (let count = 1; count <= 2; count++) {
        expect(await trial()).toMatchObject({ state: "waiting", attempts: 1 });
        expect(receiver.events).toEqual(Array(count).fill("device.new"));
      }
      expect(rig.webhooks.courier.view("a").breaker).toBe("open");
    },
  );

  test("but for webhooks that are switched off in the preferences", async () => {
    rig.switches = { ...rig.switches, webhooks: false };
    await expect(trial()).rejects.toMatchObject({
      detail: expect.stringContaining("WebHooksEnabled"),
      remedy: expect.stringContaining("turn the preference on"),
    });
    expect(receiver.received).toEqual([]);
  });

  test("a test that arrives sends all that waits", async () => {
    receiver.behaviour = ok;
    expect(await trial()).toMatchObject({ state: "delivered" });
    await rig.idle();
    expect(new Set(rig.deliveries().map(({ state }) => state))).toEqual(new Set(["delivered"]));
    expect(rig.webhooks.courier.view("a").breaker).toBe("closed");
  });

  const resend = (seq: number | undefined) => {
    const { deliveries, courier } = rig.webhooks;
    const delivery = deliveries.get(seq ?? 0) as Delivery;
    return new Resend({ deliveries, hooks: rig.hooks, courier, clock: rig.clock }).one(delivery);
  };

  test("what is sent again goes at once, and keeps its place in its session", async () => {
    await rig.tell(sessionEvent("paused", { session: 3 }));
    const [, , play, , , pause] = rig.deliveries();
    await resend(pause?.seq);
    await rig.idle();
    expect(receiver.received).toEqual([]);
    await resend(play?.seq);
    await until(() => schedule()[2]?.attempts === 1, "the attempt to be recorded");
    expect(receiver.received.map(({ id }) => id)).toEqual([play?.id]);
    receiver.behaviour = ok;
    await resend(play?.seq);
    await until(() => rig.deliveries().every(({ state }) => state === "delivered"), "all to be delivered");
    const session = rig.deliveries().filter(({ subject }) => subject === "session:3");
    const order = receiver.received.map(({ id }) => id).filter((id) => session.some((one) => one.id === id));
    expect(order).toEqual([play?.id, play?.id, pause?.id]);
  });

  test("a test goes before thousands that wait", async () => {
    for (let at = 0; at < 30; at++) {
      await rig.tell(...Array.from({ length: 100 }, (_, one) => sessionEvent("started", { session: at * 100 + one })));
    }
    expect(receiver.received).toEqual([]);
    await trial();
    expect(receiver.events).toEqual(["device.new"]);
  });
});

test("what has expired without an attempt and is sent again in a range is not taken for as old as it was", async () => {
  await open({ maxAge: { live: 20 * SECOND, record: null } });
  await rig.tell(sessionEvent("started", { session: 9 }));
  await rig.pass(25 * SECOND);
  expect(rig.deliveries().map(({ state }) => state)).toEqual(Array(6).fill("expired"));
  receiver.behaviour = ok;
  const { deliveries, courier } = rig.webhooks;
  const again = new Resend({ deliveries, hooks: rig.hooks, courier, clock: rig.clock });
  const range = { states: ["expired" as const] };
  await again.range(range, await again.count(range));
  // The breaker lets one through, and that one's success all others.
  await rig.pass(10 * SECOND);
  expect(rig.deliveries().map(({ state }) => state)).toEqual(Array(6).fill("delivered"));
});
