import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compareShape } from "../../../../test/shapes/shape.ts";
import { type SessionFacts, toNotification } from "../events/index.ts";
import { MINUTE, type PlaybackRig } from "./testing/rig.ts";
import { scannedRig } from "./testing/scanned.ts";

const min = (minutes: number) => minutes * MINUTE;

async function sessionsOf(rig: PlaybackRig): Promise<Record<string, unknown>[]> {
  return (await rig.ask("/status/sessions")).json().MediaContainer.Metadata ?? [];
}

function answer(reply: { json(): { MediaContainer: Record<string, unknown> } }): Record<string, unknown> {
  return reply.json().MediaContainer;
}

test("a film is begun, paused, resumed and stopped, each told once; what changes no state is progress", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const told: string[] = [];
  for (const [state, time] of [
    ["buffering", 0],
    ["playing", 0],
    ["playing", min(1)],
    ["paused", min(2)],
    ["paused", min(2)],
    ["playing", min(2)],
    ["buffering", min(3)],
    ["playing", min(3)],
    ["stopped", min(4)],
    ["stopped", min(4)],
  ] as const) {
    rig.clock.advance(10_000);
    expect((await rig.report({ ratingKey, state, time })).statusCode).toBe(200);
    told.push((await rig.told()).join());
  }
  expect(told).toEqual([
    "session.progressed",
    "session.started",
    "session.progressed",
    "session.paused",
    "session.progressed",
    "session.resumed",
    "session.progressed",
    "session.progressed",
    "session.stopped",
    "",
  ]);
  expect(await sessionsOf(rig)).toEqual([]);
});

test("each report becomes one playing notification of the captures' shape", async () => {
  await using rig = await scannedRig();
  const shape = JSON.parse(
    readFileSync(new URL("../../../../test/shapes/notification.playing.json", import.meta.url), "utf8"),
  );
  const ratingKey = rig.keyOf("Alpha");
  const states = ["buffering", "playing", "paused", "playing", "error"];
  for (const state of states) {
    rig.clock.advance(10_000);
    await rig.report({ ratingKey, state, time: 1000, playQueueItemID: 411_763, playQueueID: 21_343 });
  }
  const told = (await rig.events()).map((event) => toNotification(event));
  expect(told.map((notification) => notification?.type)).toEqual(states.map(() => "playing"));
  expect(told.map((notification) => notification?.entry)).toMatchObject(states.map((state) => ({ state })));
  for (const notification of told) expect(compareShape(notification?.entry, shape)).toEqual([]);
});

test("the answer to a report has the form of the captured one", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const reply = await rig.report({ ratingKey, state: "playing", time: 75_000 });
  expect(reply.body).toBe(
    '{"MediaContainer":{"playbackState":"progress","size":0,"skipCount":0,"viewCount":0,"viewOffset":75000}}',
  );
  const xml = await rig.ask(`/:/timeline?ratingKey=${ratingKey}&state=playing&time=75000`, "owner", {
    method: "POST",
    headers: { accept: "*/*", "x-plex-client-identifier": "tv" },
  });
  expect(xml.body).toContain('<MediaContainer playbackState="progress" size="0" skipCount="0" viewCount="0"');
});

test("a sessionKey is never given twice, not even after a restart", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const keys: number[] = [];
  for (let round = 0; round < 3; round++) {
    await rig.report({ ratingKey, state: "playing", time: 0 });
    await rig.report({ ratingKey, state: "stopped", time: 0 });
    keys.push(...(await rig.events()).map(({ facts }) => (facts as SessionFacts).sessionKey));
    await rig.restart({ clean: true });
  }
  expect(keys).toEqual([1, 1, 2, 2, 3, 3]);
});

test("an item that follows without a stop ends the one before", async () => {
  await using rig = await scannedRig();
  await rig.report({ ratingKey: rig.keyOf("Alpha"), state: "playing", time: min(5) });
  await rig.report({ ratingKey: rig.keyOf("Beta"), state: "playing", time: 0 });
  const told = await rig.events();
  expect(told.map(({ type, facts }) => [type, (facts as SessionFacts).item.title])).toEqual([
    ["session.started", "Alpha"],
    ["session.stopped", "Alpha"],
    ["session.started", "Beta"],
  ]);
  expect((await sessionsOf(rig)).map(({ title }) => title)).toEqual(["Beta"]);
});

test("one account plays on two players, two accounts on one: each has its own session", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: 0 }, { player: "tv" });
  await rig.report({ ratingKey, state: "playing", time: 0 }, { player: "phone" });
  await rig.report({ ratingKey, state: "playing", time: 0 }, { player: "tv", who: "robin" });
  await rig.report({ ratingKey, state: "stopped", time: 0 }, { player: "tv" });
  const left = await sessionsOf(rig);
  expect(left.map(({ Player, User }) => [Player, User])).toEqual([
    [expect.objectContaining({ machineIdentifier: "phone" }), { id: "1", title: "owner" }],
    [
      expect.objectContaining({ machineIdentifier: "tv" }),
      { id: "2", thumb: "/accounts/2/avatar?c=1", title: "robin" },
    ],
  ]);
  const audiences = new Set((await rig.events()).map(({ audience }) => JSON.stringify(audience)));
  expect([...audiences]).toEqual(['{"kind":"account","accountId":1}', '{"kind":"account","accountId":2}']);
});

test("a session is listed with its player, its user and what of the item plays", async () => {
  await using rig = await scannedRig();
  await rig.report(
    { ratingKey: rig.keyOf("Alpha"), state: "paused", time: min(7), bandwidth: 4200 },
    { session: "k77lg8r8m2jdvjvu" },
  );
  const [session] = await sessionsOf(rig);
  expect(session).toMatchObject({
    title: "Alpha",
    sessionKey: "1",
    librarySectionID: "1",
    viewOffset: min(7),
    User: { id: "1", title: "owner" },
    Player: {
      address: "192.168.0.10",
      machineIdentifier: "tv",
      product: "Test player",
      remotePublicAddress: "203.0.113.7",
      state: "paused",
      title: "The tv",
      local: true,
      userID: 1,
    },
    Session: { id: "k77lg8r8m2jdvjvu", bandwidth: 4200, location: "lan" },
    Media: [
      {
        id: expect.any(String),
        selected: true,
        Part: [{ id: expect.any(String), decision: "directplay", Stream: [{ location: "direct" }, expect.anything()] }],
      },
    ],
  });
  const names = Object.keys(session ?? {});
  const attributes = names.slice(0, names.indexOf("Media"));
  expect(attributes).toEqual([...attributes].sort());
  expect((await rig.ask("/status/sessions", "robin")).statusCode).toBe(403);
});

test.each([
  ["Küche 台所", Buffer.from("Küche 台所").toString("latin1")],
  ["Küche", "Küche"],
])("a player called %s is called so, however its name was sent", async (title, header) => {
  await using rig = await scannedRig();
  await rig.ask(`/:/timeline?ratingKey=${rig.keyOf("Alpha")}&state=playing&time=0`, "owner", {
    headers: { "x-plex-client-identifier": "tv", "x-plex-device-name": header },
  });
  expect((await sessionsOf(rig))[0]?.Player).toMatchObject({ title });
});

test("a film counts as played once, past the threshold; its place is forgotten and its history remembers", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: min(10) });
  expect(await rig.item(ratingKey)).toMatchObject({ viewOffset: min(10) });
  for (const time of [min(89), min(90), min(50), min(95)]) {
    rig.clock.advance(10_000);
    await rig.report({ ratingKey, state: "playing", time });
  }
  await rig.report({ ratingKey, state: "stopped", time: min(99) });
  expect((await rig.told()).filter((type) => type === "session.scrobbled")).toHaveLength(1);
  const item = await rig.item(ratingKey);
  expect(item).toMatchObject({ viewCount: 1, lastViewedAt: expect.any(Number) });
  expect(item).not.toHaveProperty("viewOffset");
  const { MediaContainer } = (await rig.ask("/status/sessions/history/all")).json();
  expect(MediaContainer).toMatchObject({ size: 1, totalSize: 1, Metadata: [{ ratingKey: String(ratingKey) }] });
});

test("the threshold that a person sets is at once the one that counts, also for what plays already", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: min(45) });
  await rig.preferences.set({ LibraryVideoPlayedThreshold: "50" });
  await rig.events();
  rig.clock.advance(10_000);
  await rig.report({ ratingKey, state: "playing", time: min(51) });
  expect(await rig.told()).toEqual(["session.progressed", "session.scrobbled"]);
});

test("a place near the beginning is not kept, and takes away none that was", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: MINUTE });
  expect(await rig.item(ratingKey)).not.toHaveProperty("viewOffset");
  await rig.report({ ratingKey, state: "paused", time: MINUTE + 1 });
  await rig.report({ ratingKey, state: "stopped", time: 5 });
  expect(await rig.item(ratingKey)).toMatchObject({ viewOffset: MINUTE + 1 });
});

test("a player that goes silent has stopped after three minutes, however the clock is set meanwhile", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: min(5) });
  await rig.events();
  rig.clock.advance(175_000);
  expect(await rig.told()).toEqual([]);
  rig.clock.advance(10_000);
  const [stopped, ...more] = await rig.events();
  expect(stopped).toMatchObject({ type: "session.stopped", facts: { why: "vanished", viewOffset: min(5) } });
  expect(more).toEqual([]);
  // Its own late stop tells where it really was.
  await rig.report({ ratingKey, state: "stopped", time: min(8) });
  expect(await rig.told()).toEqual([]);
  expect(await rig.item(ratingKey)).toMatchObject({ viewOffset: min(8) });
});

test("sessions outlast a restart; those that were silent too long have ended, their place kept", async () => {
  await using rig = await scannedRig();
  const [alpha, beta] = [rig.keyOf("Alpha"), rig.keyOf("Beta")];
  await rig.report({ ratingKey: alpha, state: "playing", time: min(5) }, { player: "tv" });
  rig.clock.advance(100_000);
  await rig.report({ ratingKey: beta, state: "playing", time: min(6) }, { player: "phone" });
  await rig.events();
  rig.clock.advance(100_000);
  await rig.restart({ clean: false });
  const told = await rig.events();
  expect(told.map(({ type, facts }) => [type, (facts as SessionFacts).item.title])).toEqual([
    ["session.stopped", "Alpha"],
  ]);
  expect(await rig.item(alpha)).toMatchObject({ viewOffset: min(5) });
  await rig.report({ ratingKey: beta, state: "paused", time: min(7) }, { player: "phone" });
  expect((await rig.events()).map(({ type, facts }) => [type, (facts as SessionFacts).sessionKey])).toEqual([
    ["session.paused", 2],
  ]);
});

test("an administrator ends a session: it is over at once, and its player learns why until it obeys", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const playing = { ratingKey, state: "playing", time: min(5) };
  await rig.report(playing, { who: "robin", session: "abc" });
  const end = (query: string, who?: string) => rig.ask(`/status/sessions/terminate?${query}`, who);
  expect((await end("sessionId=abc", "robin")).statusCode).toBe(403);
  expect((await end("reason=x")).statusCode).toBe(403);
  expect((await end("sessionId=abd")).statusCode).toBe(404);
  await rig.events();
  expect((await end("sessionId=abc&reason=Bed+time")).statusCode).toBe(200);
  expect(await rig.told()).toEqual(["session.stopped"]);
  expect(await sessionsOf(rig)).toEqual([]);
  await rig.restart({ clean: true });
  for (const state of ["playing", "playing", "stopped"]) {
    const told = answer(await rig.report({ ...playing, state }, { who: "robin", session: "abc" }));
    expect(told).toMatchObject({
      terminationCode: "2006",
      terminationText: "Admin terminated playback with reason: Bed time",
    });
  }
  expect(await rig.told()).toEqual([]);
  expect(answer(await rig.report(playing, { who: "robin", session: "def" }))).not.toHaveProperty("terminationCode");
  expect(await rig.told()).toEqual(["session.started"]);
});

test("playback without a connection counts when it is told, as of when it was, and plays nowhere now", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const yesterday = Math.floor(rig.clock.now() / 1000) - 86_400;
  const reports = [
    ["playing", 0],
    ["playing", min(95)],
    ["stopped", min(96)],
  ] as const;
  for (const [index, [state, time]] of reports.entries()) {
    await rig.report({ ratingKey, state, time, offline: 1, updated: yesterday + index });
    expect(await sessionsOf(rig)).toEqual([]);
  }
  const told = await rig.events();
  expect(told.map(({ type }) => type)).toEqual([
    "session.started",
    "session.progressed",
    "session.scrobbled",
    "session.stopped",
  ]);
  expect(told.every(({ time }) => Math.abs(time / 1000 - yesterday) < 5)).toBe(true);
  expect(await rig.item(ratingKey)).toMatchObject({ viewCount: 1, lastViewedAt: yesterday + 1 });
});
