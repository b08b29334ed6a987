import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Hook } from "./hook.ts";
import { Resend } from "./resend.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { Receiver } from "./testing/receiver.ts";
import { DAY, HOUR, MINUTE, SECOND, type SessionChange, sessionEvent, WebhookRig } from "./testing/rig.ts";

const MAX_AGE = 300_000;

type Step =
  | { readonly do: "tell"; readonly change: SessionChange; readonly session: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "answer"; readonly status: number }
  /** Sent again by hand: one of those that there are. */
  | { readonly do: "resend"; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("tell" as const),
      change: fc.constantFrom<SessionChange>("started", "paused", "resumed", "stopped", "scrobbled"),
      session: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(500, 2 * SECOND, MINUTE, 10 * MINUTE, 2 * HOUR),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("answer" as const), status: fc.constantFrom(200, 204, 302, 429, 500) }),
  },
);

const byHand: fc.Arbitrary<Step> = fc.record({ do: fc.constant("resend" as const), which: fc.nat(100) });

const settings: fc.Arbitrary<Partial<Hook>> = fc.record({
  maxAge: fc.constantFrom({ live: MAX_AGE, record: 3 * DAY }, { live: null, record: null }),
  latestOnly: fc.boolean(),
  settleMs: fc.constantFrom(0, 1_500),
});

let status = 200;
let rig: WebhookRig | undefined;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open(
    (_one, response) => void response.writeHead(status).end(),
    () => rig?.clock.now() ?? 0,
  );
});
afterAll(() => receiver[Symbol.asyncDispose]());

/** Does what the steps say; then the receiver is back for good, and what is still worth it arrives. */
async function after(said: Partial<Hook>, steps: readonly Step[], then: (rig: WebhookRig) => void): Promise<void> {
  status = 200;
  receiver.received.length = 0;
  await using opened = await WebhookRig.open({ hooks: [aHook("a", receiver.url, said)] });
  rig = opened;
  for (const one of steps) {
    if (one.do === "answer") status = one.status;
    else if (one.do === "pass") await opened.pass(one.ms, Math.max(500, one.ms / 40));
    else if (one.do === "resend") await resend(opened, one.which);
    else {
      // Two players, of which one has two sessions.
      const player = `player-${one.session % 2}`;
      await opened.tell(sessionEvent(one.change, { session: one.session, player }));
    }
  }
  status = 200;
  await opened.pass(11 * HOUR, 10 * MINUTE);
  then(opened);
}

async function resend(rig: WebhookRig, which: number): Promise<void> {
  const { hooks, clock } = rig;
  const { deliveries, courier } = rig.webhooks;
  const all = rig.deliveries();
  const delivery = all[which % Math.max(1, all.length)];
  if (delivery !== undefined) await new Resend({ deliveries, hooks, courier, clock }).one(delivery);
  await rig.idle();
}

const numRuns = Number(process.env.REELAY_SOAK_ROUNDS ?? 1) * 20;
const timeout = 60_000 + numRuns * 1_000;

test("whatever happens, each delivery ends once, with a reason, in order, and never too late", {
  timeout,
}, async () => {
  const property = fc.asyncProperty(settings, fc.array(step, { minLength: 1, maxLength: 20 }), (said, steps) =>
    after(said, steps, (rig) => {
      const told = steps.filter((one) => one.do === "tell").length;
      check(rig, told, said);
    }),
  );
  await fc.assert(property, { numRuns });
});

test("whatever is sent again by hand besides, each delivery ends, and none that is too old arrives", {
  timeout,
}, async () => {
  const steps = fc.array(fc.oneof({ weight: 3, arbitrary: step }, byHand), { minLength: 1, maxLength: 20 });
  const property = fc.asyncProperty(settings, steps, (said, steps) =>
    after(said, steps, (rig) => {
      for (const { id, state, dueAt, endedAt, expiresAt } of rig.deliveries()) {
        const arrived = receiver.received.filter((one) => one.id === id);
        expect([state === "waiting", dueAt, endedAt === null]).toEqual([false, null, false]);
        if (state === "delivered") expect(arrived).not.toEqual([]);
        if (expiresAt !== null) for (const { at } of arrived) expect(at).toBeLessThan(expiresAt);
      }
      expect(rig.webhooks.courier.busy).toBe(0);
    }),
  );
  await fc.assert(property, { numRuns });
});

function check(rig: WebhookRig, told: number, { maxAge, latestOnly, settleMs }: Partial<Hook>): void {
  const deliveries = rig.deliveries();
  expect(deliveries).toHaveLength(told);
  const arrivals = new Map(deliveries.map(({ id }) => [id, receiver.received.filter((one) => one.id === id)]));
  for (const { id, state, reason, endedAt, dueAt, eventTime, name, payload, expiresAt } of deliveries) {
    const arrived = arrivals.get(id) ?? [];
    expect(["delivered", "expired", "superseded", "settled"], `${name} ${reason}`).toContain(state);
    expect([endedAt === null, dueAt]).toEqual([false, null]);
    if (state === "delivered") expect(arrived.length).toBeGreaterThan(0);
    else expect(reason).not.toBeNull();
    if (state === "expired") expect([name, maxAge?.live]).not.toContain(null);
    if (state === "superseded") expect(latestOnly).toBe(true);
    if (state === "settled") expect([arrived.length, settleMs]).toEqual([0, 1_500]);
    for (const { at, payload: got } of arrived) {
      if (expiresAt !== null) expect(at).toBeLessThan(expiresAt);
      expect(at).toBeGreaterThanOrEqual(eventTime);
      expect(got).toEqual(JSON.parse(payload));
    }
  }
  // Of one session: nothing arrives before an older one has ended or arrived for the last time.
  const index = new Map(deliveries.map(({ id }, at) => [id, at]));
  for (const subject of new Set(deliveries.map((one) => one.subject))) {
    const order = receiver.received
      .map(({ id }) => index.get(id) ?? -1)
      .filter((at) => deliveries[at]?.subject === subject);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
}
