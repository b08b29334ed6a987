import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import type { Hook } from "./hook.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { answers, ok, Receiver } from "./testing/receiver.ts";
import { DAY, HOUR, MINUTE, SECOND, sessionEvent, WebhookRig } from "./testing/rig.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function setUp(said: Partial<Hook> = {}, behaviour = ok) {
  let rig: WebhookRig | undefined;
  const receiver = await Receiver.open(behaviour, () => rig?.clock.now() ?? 0);
  opened.push(receiver);
  rig = await WebhookRig.open({ hooks: [aHook("a", receiver.url, said)] });
  opened.push(rig);
  return { rig, receiver };
}

const states = (rig: WebhookRig) => rig.deliveries().map(({ name, state }) => `${name} ${state}`);

/** What the account is told of its hooks. */
const announced = (rig: WebhookRig) =>
  rig.database.read
    .all("SELECT facts FROM events WHERE type = 'status.announced' ORDER BY seq")
    .map(({ facts }) => JSON.parse(String(facts)).title);

describe("a delivery", () => {
  test("goes out at once, and its record says so", async () => {
    const { rig, receiver } = await setUp();
    const [eventId] = await rig.tell(sessionEvent("started"));
    const [delivery] = rig.deliveries();
    expect(receiver.received).toMatchObject([{ event: "media.play", id: delivery?.id }]);
    expect(receiver.received[0]?.payload).toEqual(JSON.parse(delivery?.payload ?? ""));
    expect(delivery).toMatchObject({ eventId, state: "delivered", attempts: 1, dueAt: null, subject: "session:1" });
    expect(rig.webhooks.attempts.of(delivery?.seq ?? 0)).toMatchObject([
      { number: 1, status: 200, error: null, detail: { request: { method: "POST" }, timings: {} } },
    ]);
  });

  test("that fails is tried again after 0 s, 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, then each 10 h", async () => {
    const { rig, receiver } = await setUp({ maxAge: { live: null, record: null } }, answers(500));
    await rig.tell(sessionEvent("started"));
    await rig.pass(3 * MINUTE, SECOND);
    await rig.pass(HOUR, 30 * SECOND);
    await rig.pass(40 * HOUR, 2 * MINUTE);
    const times = receiver.received.map(({ at }) => at);
    const waits = times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / SECOND));
    const planned = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 36_000, 36_000];
    expect(waits.length, String(waits)).toBe(planned.length);
    // Time moves in steps here, so each may be late by one.
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(planned[index] ?? 0);
      expect(wait).toBeLessThanOrEqual((planned[index] ?? 0) + 180);
    }
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(new Set(receiver.received.map(({ payload }) => JSON.stringify(payload))).size).toBe(1);
  });

  test("is never sent past its age, and the record says why", async () => {
    const { rig, receiver } = await setUp({}, answers(503));
    await rig.tell(sessionEvent("started"), sessionEvent("scrobbled", { session: 2 }));
    await rig.pass(6 * MINUTE, SECOND);
    receiver.behaviour = ok;
    await rig.pass(HOUR, 30 * SECOND);
    expect(states(rig)).toEqual(["media.play expired", "media.scrobble delivered"]);
    expect(rig.deliveries()[0]?.reason).toMatch(/older than 300 s/);
  });

  test("is taken for delivered by any status of 2xx", async () => {
    const { rig } = await setUp({}, answers(208));
    await rig.tell(sessionEvent("started"));
    expect(states(rig)).toEqual(["media.play delivered"]);
  });

  test.each([301, 302, 303, 307, 308])("does not follow a redirect by %i", async (status) => {
    const { rig, receiver } = await setUp({}, answers(status, { location: "/elsewhere" }));
    await rig.tell(sessionEvent("started"));
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook"]);
    expect(rig.webhooks.attempts.of(rig.deliveries()[0]?.seq ?? 0)).toMatchObject([
      { status, error: "REELAY_DELIVERY_REDIRECTED" },
    ]);
    expect(states(rig)).toEqual(["media.play waiting"]);
  });

  test.each<[what: string, header: (now: number) => string]>([
    ["seconds", () => "120"],
    ["a date", (now) => new Date(now + 120 * SECOND).toUTCString()],
  ])("waits as long as Retry-After asks in %s, and so does all that goes there", async (_what, header) => {
    const { rig, receiver } = await setUp();
    receiver.behaviour = (_received, response) =>
      void response.writeHead(429, { "retry-after": header(rig.clock.now()) }).end();
    await rig.tell(sessionEvent("started"));
    receiver.behaviour = ok;
    await rig.tell(sessionEvent("started", { session: 2 }));
    await rig.pass(118 * SECOND);
    expect(receiver.received).toHaveLength(1);
    await rig.pass(3 * SECOND);
    expect(states(rig)).toEqual(["media.play delivered", "media.play delivered"]);
  });

  test("that is to be put off for ever is put off for a day, and tried as planned where the header is nonsense", async () => {
    const anyAge = { maxAge: { live: null, record: null } };
    const { rig, receiver } = await setUp(anyAge, answers(503, { "retry-after": "9".repeat(30) }));
    await rig.tell(sessionEvent("started"));
    receiver.behaviour = answers(503, { "retry-after": "when I am ready" });
    await rig.pass(DAY - MINUTE, 10 * MINUTE);
    expect(receiver.received).toHaveLength(1);
    await rig.pass(2 * MINUTE, SECOND);
    expect(receiver.received.length).toBeGreaterThan(1);
    expect(rig.hooks.get("a")).toMatchObject({ enabled: true });
    receiver.behaviour = ok;
    await rig.pass(4 * MINUTE, 10 * SECOND);
    expect(states(rig)).toEqual(["media.play delivered"]);
  });
});

describe("order", () => {
  test("of one session is kept: what waits holds back what follows, and no other session", async () => {
    const { rig, receiver } = await setUp({}, (received, response) => {
      const first = received.payload.event === "media.play" && JSON.stringify(received.payload).includes("Player tv");
      response.writeHead(first ? 500 : 200).end();
    });
    await rig.tell(
      sessionEvent("started"),
      sessionEvent("paused"),
      sessionEvent("started", { session: 2, player: "pad" }),
    );
    expect(states(rig)).toEqual(["media.play waiting", "media.pause waiting", "media.play delivered"]);
    receiver.behaviour = ok;
    await rig.pass(6 * SECOND);
    expect(states(rig)).toEqual(["media.play delivered", "media.pause delivered", "media.play delivered"]);
    expect(receiver.events.slice(-2)).toEqual(["media.play", "media.pause"]);
  });

  test("lets the next go when the one before has expired", async () => {
    const { rig, receiver } = await setUp({}, answers(500));
    await rig.tell(sessionEvent("started"));
    await rig.pass(4 * MINUTE, 10 * SECOND);
    await rig.tell(sessionEvent("stopped"));
    await rig.pass(70 * SECOND);
    receiver.behaviour = ok;
    await rig.pass(10 * MINUTE, 10 * SECOND);
    expect(states(rig)).toEqual(["media.play expired", "media.stop delivered"]);
  });
});

describe("a receiver that is down for six hours", () => {
  async function outage(said: Partial<Hook>) {
    const { rig, receiver } = await setUp(said, answers(502));
    for (let hour = 0; hour < 6; hour++) {
      await rig.tell(sessionEvent("started", { session: hour }));
      await rig.pass(30 * MINUTE, MINUTE);
      await rig.tell(sessionEvent("stopped", { session: hour }));
      await rig.pass(30 * MINUTE, MINUTE);
    }
    receiver.behaviour = ok;
    receiver.received.length = 0;
    await rig.pass(2 * HOUR, MINUTE);
    return { rig, receiver };
  }

  test("gets no stale play by default", async () => {
    const { rig, receiver } = await outage({});
    expect(receiver.received).toEqual([]);
    expect(new Set(rig.deliveries().map(({ state }) => state))).toEqual(new Set(["expired"]));
  });

  test("gets everything, in order, without an age", async () => {
    const { rig, receiver } = await outage({ maxAge: { live: null, record: null } });
    expect(receiver.events.toSorted()).toEqual([...Array(6).fill("media.play"), ...Array(6).fill("media.stop")]);
    for (const { id } of rig.deliveries()) expect(receiver.received.filter((one) => one.id === id)).toHaveLength(1);
    expect(rig.deliveries().every(({ state }) => state === "delivered")).toBe(true);
    for (const play of rig.deliveries().filter(({ name }) => name === "media.play")) {
      const stop = rig.deliveries().find(({ name, subject }) => name === "media.stop" && subject === play.subject);
      const at = (id: string | undefined) => receiver.received.findIndex((one) => one.id === id);
      expect(at(play.id)).toBeLessThan(at(stop?.id));
    }
  });

  test("gets the last state only, with latestOnly", async () => {
    const { rig, receiver } = await outage({ maxAge: { live: null, record: null }, latestOnly: true });
    expect(receiver.events).toEqual(["media.stop"]);
    expect(receiver.received[0]?.id).toBe(rig.deliveries().at(-1)?.id);
    expect(rig.deliveries().filter(({ state }) => state === "superseded")).toHaveLength(11);
    expect(rig.deliveries()[0]?.reason).toMatch(/media\.stop of the same player came after it/);
  });
});

describe("with latestOnly what waits is overtaken", () => {
  const bright = { events: ["media.pause", "media.stop"] as const, latestOnly: true };

  test("also by what the hook does not tell: a lamp is not lit for a stop while the next film plays", async () => {
    const { rig, receiver } = await setUp(bright, answers(500));
    const [, play] = await rig.tell(sessionEvent("stopped"), sessionEvent("started", { session: 2 }));
    receiver.behaviour = ok;
    await rig.pass(10 * SECOND);
    expect(rig.deliveries()).toMatchObject([
      { state: "superseded", reason: `media.play of the same player came after it (event ${play})` },
    ]);
    await rig.tell(sessionEvent("stopped", { session: 2 }));
    expect(states(rig)).toEqual(["media.stop superseded", "media.stop delivered"]);
  });

  test("by nothing that its filter leaves out, by no record, and not on another player", async () => {
    const { rig, receiver } = await setUp({ ...bright, filter: { not: { account: "Robin" } } }, answers(500));
    await rig.tell(
      sessionEvent("stopped"),
      sessionEvent("scrobbled", { session: 2 }),
      sessionEvent("started", { session: 3, accountId: 2 }),
      sessionEvent("started", { session: 4, player: "pad" }),
    );
    receiver.behaviour = ok;
    await rig.pass(10 * SECOND);
    expect(states(rig)).toEqual(["media.stop delivered"]);
  });
});

describe("a failing hook", () => {
  test("is tried ever more rarely, told, and disabled after five days", async () => {
    const { rig, receiver } = await setUp({ maxAge: { live: null, record: null } }, answers(500));
    for (let session = 0; session < 40; session++) await rig.tell(sessionEvent("started", { session }));
    await rig.pass(MINUTE);
    const inFirstMinute = receiver.received.length;
    await rig.pass(DAY, 2 * MINUTE);
    const inFirstDay = receiver.received.length;
    expect(inFirstMinute).toBeLessThanOrEqual(10);
    expect(inFirstDay).toBeLessThan(60);
    await rig.pass(5 * DAY, 30 * MINUTE);
    expect(rig.hooks.get("a")).toMatchObject({ enabled: false, disabledReason: "failing" });
    await until(() => states(rig).every((state) => state === "media.play dropped"), "all to be dropped");
    expect(rig.deliveries()[0]?.reason).toMatch(/failed for five days/);
    expect(announced(rig)).toEqual([`The webhook to ${new URL(receiver.url).host} fails`]);
  });

  test("gets what waits at once when it is back", async () => {
    const { rig, receiver } = await setUp({ maxAge: { live: null, record: null } }, answers(500));
    for (let session = 0; session < 40; session++) await rig.tell(sessionEvent("started", { session }));
    await rig.pass(3 * HOUR, 30 * SECOND);
    receiver.behaviour = ok;
    await rig.pass(HOUR + MINUTE, 30 * SECOND);
    expect(new Set(states(rig))).toEqual(new Set(["media.play delivered"]));
    expect(rig.hooks.get("a")?.failingSince).toBeUndefined();
    const name = `The webhook to ${new URL(receiver.url).host}`;
    expect(announced(rig)).toEqual([`${name} fails`, `${name} works again`]);
  });

  test("that answers 410 is disabled at once", async () => {
    const { rig } = await setUp({}, answers(410));
    await rig.tell(sessionEvent("started"));
    expect(rig.hooks.get("a")).toMatchObject({ enabled: false, disabledReason: "gone" });
    await until(() => states(rig)[0] === "media.play dropped", "it to be dropped");
  });

  test("is tried at once when its address is corrected", async () => {
    const { rig, receiver } = await setUp({ url: "http://127.0.0.1:9/hook" });
    await rig.tell(sessionEvent("started"));
    expect(states(rig)).toEqual(["media.play waiting"]);
    rig.hooks.change("a", { url: receiver.url });
    await until(() => states(rig)[0] === "media.play delivered", "it to be delivered");
  });
});

describe("settling", () => {
  const settle = { settleMs: 1_500 };

  test("drops a stop that a play of the same player follows in time", async () => {
    const { rig, receiver } = await setUp(settle);
    await rig.tell(sessionEvent("started"));
    await rig.tell(sessionEvent("stopped"));
    await rig.pass(1_400, 200);
    await rig.tell(sessionEvent("started", { session: 2 }));
    await rig.pass(5 * SECOND);
    expect(receiver.events).toEqual(["media.play", "media.play"]);
    expect(states(rig)).toEqual(["media.play delivered", "media.stop settled", "media.play delivered"]);
    expect(rig.deliveries()[1]?.reason).toMatch(/followed within 1500 ms/);
  });

  test("sends a stop that nothing follows, or only on another player", async () => {
    const { rig, receiver } = await setUp(settle);
    await rig.tell(sessionEvent("started"), sessionEvent("stopped"));
    await rig.tell(sessionEvent("started", { session: 2, player: "pad" }));
    await rig.pass(1_400, 100);
    expect(receiver.events).toEqual(["media.play", "media.play"]);
    await rig.pass(200, 100);
    expect(receiver.events.at(-1)).toBe("media.stop");
  });

  test("takes no notice of a play that the hook's filter does not let through", async () => {
    const { rig, receiver } = await setUp({ ...settle, filter: { not: { account: "Robin" } } });
    await rig.tell(sessionEvent("stopped"));
    await rig.tell(sessionEvent("started", { session: 2, accountId: 2 }));
    await rig.pass(2 * SECOND);
    expect(receiver.events).toEqual(["media.stop"]);
  });
});

test("a clock that is set back by a day delays nothing, and makes nothing fresh", async () => {
  const { rig, receiver } = await setUp({}, answers(500));
  const real = rig.clock.now.bind(rig.clock);
  let back = 0;
  rig.clock.now = () => real() - back;
  await rig.tell(sessionEvent("started"), sessionEvent("scrobbled", { session: 2 }));
  await rig.pass(10 * SECOND);
  back = DAY;
  await rig.pass(6 * MINUTE);
  receiver.behaviour = ok;
  await rig.pass(12 * MINUTE, 10 * SECOND);
  expect(states(rig)).toEqual(["media.play expired", "media.scrobble delivered"]);
});
