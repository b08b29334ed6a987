import { describe, expect, test } from "vitest";
import { connectEventsSse } from "../../packages/server/src/streams/testing/events-client.ts";
import { connectSse } from "../../packages/server/src/streams/testing/stream-client.ts";
import { ManualClock } from "../../packages/server/src/support/index.ts";
import { playing } from "../sdk/stand-in/notifications.ts";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { twins } from "../sdk/stand-in/twins.ts";
import { until } from "../support/wait.ts";
import { type Beside, beside, TOKEN } from "./beside.ts";

async function connected(standIn: PlexStandIn): Promise<Beside> {
  const reelay = await beside(standIn);
  await reelay.tells("upstream.connected", 1);
  return reelay;
}

const state = async (reelay: Beside) => {
  const { upstreams } = (await (await reelay.ask("/api/v1/upstreams")).json()) as { upstreams: { state: string }[] };
  return upstreams[0];
};

const odd = { type: "provider.content.change", payloadKey: "Odd", entry: { of: ["any", 1, null, { depth: true }] } };

test("says of each server whether it is connected, and tells when that changes", async () => {
  await using standIn = await PlexStandIn.start();
  await using reelay = await connected(standIn);
  expect(await state(reelay)).toEqual({
    ...{ name: "nas", url: standIn.url, state: "connected", since: expect.any(Number) },
    ...{ machineIdentifier: standIn.machineIdentifier, version: "1.40.0.7998-c29d4c0c8" },
  });
  await standIn.stop();
  const [lost] = await reelay.tells("upstream.disconnected", 1);
  expect(lost?.facts).toMatchObject({ name: "nas", reason: expect.stringMatching(/./) });
  expect(await state(reelay)).toMatchObject({ state: "connecting", reason: expect.stringMatching(/./) });
  await standIn.start();
  await reelay.tells("upstream.connected", 2);
  expect(await state(reelay)).toMatchObject({ state: "connected" });
});

test("a server that is not there yet is connected with when it comes", async () => {
  await using standIn = await PlexStandIn.start();
  await standIn.stop();
  await using reelay = await beside(standIn);
  await until(async () => (await state(reelay))?.state === "connecting", "the attempt");
  await standIn.start();
  await reelay.tells("upstream.connected", 1);
});

test("a token that is refused is told once, and a new one needs no restart", async () => {
  await using standIn = await PlexStandIn.start();
  let token = standIn.token;
  await using reelay = await beside({ url: standIn.url, token: async () => token });
  await reelay.tells("upstream.connected", 1);
  // As when its owner's password was changed.
  standIn.token = "new-token";
  standIn.cut();
  const [refused] = await reelay.tells("upstream.refused", 1);
  expect(refused?.facts.reason).toContain("does not take the token");
  expect(await state(reelay)).toMatchObject({ state: "refused", reason: refused?.facts.reason });
  token = "new-token";
  await until(async () => (await state(reelay))?.state === "connected", "the new token to be used");
  expect(await reelay.told("upstream.refused")).toHaveLength(1);
});

test("a token that is revoked while its stream stays open is noticed", async () => {
  await using standIn = await PlexStandIn.start();
  const clock = new ManualClock(Date.now());
  for (const [path, body] of [
    ["/devices", { size: 0 }],
    ["/status/sessions", { size: 0 }],
  ] as const) {
    standIn.rest.set(path, { body: JSON.stringify({ MediaContainer: body }) });
  }
  await using reelay = await beside({ url: standIn.url, token: standIn.token }, { clock });
  await until(async () => {
    clock.advance(100);
    return standIn.asked.some(({ path }) => path === "/devices");
  }, "the first list of devices");
  standIn.token = "new-token";
  await until(async () => {
    clock.advance(60_000);
    return (await reelay.told("upstream.refused")).length === 1;
  }, "the refusal");
  expect(await state(reelay)).toMatchObject({ state: "refused" });
});

test("a stream on which not even a ping comes any more is begun anew, and the gap is told", async () => {
  await using standIn = await PlexStandIn.start({ pingMs: 100 });
  await using reelay = await beside({ url: standIn.url, token: standIn.token, silenceMs: 3_000 });
  await reelay.tells("upstream.connected", 1);
  standIn.send(odd);
  await reelay.tells("upstream.notified", 1);
  // Neither closed nor heard of: what a lost network looks like.
  standIn.freeze();
  const [lost] = await reelay.tells("upstream.disconnected", 1);
  expect(lost?.facts.reason).toMatch(/./);
  const [gap] = await reelay.tells("upstream.gap", 1);
  expect(gap?.facts.to).toBeGreaterThan(gap?.facts.from);
  await until(() => standIn.streamCount > 0, "the new stream");
  await until(async () => {
    standIn.send(odd);
    return (await reelay.told("upstream.notified")).length >= 2;
  }, "what comes after it");
});

describe("what an upstream tells", () => {
  test("is told as it came, in its order, with the upstream as its origin; the main port presents the only server", async () => {
    await using standIn = await PlexStandIn.start();
    await using reelay = await connected(standIn);
    const plex = await connectSse()({ port: reelay.server.port, token: TOKEN });
    const own = await connectEventsSse({ port: reelay.server.port, token: TOKEN });
    // Progress of one thing may be thinned out; each of these is about another.
    const frames = twins.filter(
      ({ frame }) => frame.legacy !== true && !/^(?:playing|timeline|activity)/.test(frame.type),
    );
    const facts = frames.filter(({ frame }) => !/update$|^progress$/.test(frame.type));
    for (const { frame } of frames) standIn.sendFrame(frame);
    standIn.send(odd);
    const isOdd = ({ type }: { readonly type: string }) => type === odd.type;
    await plex.when(() => plex.received.some(isOdd), "the last");
    await own.when(() => own.received.some(isOdd), "the last");
    for (const client of [plex, own]) {
      const got = client.received.filter(({ type }) => !/update$|^progress$/.test(type));
      expect(got.map(({ entry }) => entry)).toEqual([...facts.map(({ expected }) => expected), odd.entry]);
      expect(got.at(-1)).toMatchObject(odd);
    }
    const told = await reelay.told("upstream.notified");
    expect(new Set(told.map(({ origin }) => origin))).toEqual(new Set([standIn.machineIdentifier]));
  });

  test("in a flood is thinned out where it is progress, and its end is told", async () => {
    await using standIn = await PlexStandIn.start();
    await using reelay = await connected(standIn);
    const uuid = "8f3f4f2e-1c0e-4b5e-9a55-2f0a4d3c9e10";
    const activity = (event: "started" | "updated" | "ended", progress: number) =>
      standIn.send({
        type: "activity",
        entry: {
          ...{ event, uuid },
          Activity: {
            ...{ uuid, type: "library.update.section", cancellable: true, userID: 1 },
            ...{ title: "Scanning Films", subtitle: `${progress}`, progress },
          },
        },
      });
    activity("started", -1);
    for (let step = 0; step < 1_556; step++) activity("updated", step);
    activity("ended", 100);
    const facts = await reelay.tells("upstream.notified", 2);
    expect(facts.map(({ notification }) => JSON.stringify(notification).match(/"event":"(\w+)"/)?.[1])).toEqual([
      "started",
      "ended",
    ]);
    const updates = await reelay.told("upstream.progressed");
    expect(updates.length).toBeLessThan(100);
    expect(JSON.stringify(updates.at(-1)?.notification)).toContain('"subtitle":"1555"');
  });

  test("malformed hurts nobody", async () => {
    await using standIn = await PlexStandIn.start();
    await using reelay = await connected(standIn);
    for (const { raw } of standIn.streams) {
      for (const text of [
        "",
        "{",
        "[]",
        "null",
        '{"NotificationContainer":5}',
        '{"NotificationContainer":{"type":7}}',
      ]) {
        raw(text);
      }
      raw(JSON.stringify({ NotificationContainer: { type: "odd", size: 1, Odd: [{ long: "x".repeat(300_000) }] } }));
      raw(JSON.stringify({ NotificationContainer: { type: "playing", size: 1, PlaySessionStateNotification: [{}] } }));
    }
    // What is too long may have cost the connection.
    await until(async () => {
      standIn.send(odd);
      return (await reelay.told("upstream.notified")).some(({ facts }) => facts.type === odd.type);
    }, "what comes after it");
  });
});

test("what happened while nobody listened is said to be missing, with its limits", async () => {
  await using standIn = await PlexStandIn.start();
  await using reelay = await connected(standIn);
  standIn.send(odd);
  await reelay.tells("upstream.notified", 1);
  const before = Date.now();
  standIn.cut();
  const [lost] = await reelay.tells("upstream.gap", 1);
  expect(lost).toMatchObject({ origin: standIn.machineIdentifier, facts: { name: "nas" } });
  const { from, to } = lost?.facts ?? {};
  expect(from).toBeLessThanOrEqual(before);
  expect(to).toBeGreaterThanOrEqual(before);
  // A restart of this server is an interruption like any other.
  await reelay.restart();
  const [, again] = await reelay.tells("upstream.gap", 2);
  expect(again?.facts.from).toBeGreaterThanOrEqual(from);
  expect(again?.facts.to).toBeGreaterThanOrEqual(to);
  standIn.send(playing(1));
});
