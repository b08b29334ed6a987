import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeMediaContainerXml, type MediaContainer } from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import { restTwin } from "../sdk/stand-in/twins.ts";
import { until } from "../support/wait.ts";
import type { Told } from "./beside.ts";
import {
  answer,
  listed,
  lists,
  type Plays,
  post,
  SESSIONS,
  send,
  start,
  webhook,
  webhookPath,
  words,
} from "./scene.ts";

describe("playback", () => {
  test("is told as it is of an own library, with who plays what where", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    lists(standIn, listed());
    // Buffering is no start; what players repeat on seek and resume is none either.
    for (const state of ["buffering", "playing", "playing", "buffering", "playing"]) send(standIn, { state });
    await reelay.tells("session.started", 1);
    send(standIn, { state: "paused", viewOffset: 5_000 });
    send(standIn, { state: "playing", viewOffset: 5_000 });
    send(standIn, { state: "playing", viewOffset: 950_000 });
    send(standIn, { state: "stopped", viewOffset: 960_000 });
    const told = await reelay.tells(SESSIONS, 5);
    expect(words(told)).toEqual(["started 42", "paused 42", "resumed 42", "scrobbled 42", "stopped 42"]);
    expect(new Set(told.map(({ subject, origin }) => `${subject} ${origin}`)).size).toBe(1);
    expect(told[0]).toMatchObject({
      origin: standIn.machineIdentifier,
      facts: {
        ...{ sessionKey: 29, sessionId: "k77lg8r8m2jdvjvu1g8t8rp0", state: "playing" },
        item: { itemId: 42, parentId: 41, rootId: 40, sectionId: 7, metadataType: 4, title: "The Long Tide S01 E03" },
        account: { id: 1, title: "Robin" },
        player: { uuid: "tv-1", title: "Living Room", local: true, publicAddress: "203.0.113.7" },
      },
      notification: { NotificationContainer: { type: "playing" } },
    });
    expect(told[0]?.facts).not.toHaveProperty("unknown");
  });

  test.each([
    ["JSON", "status-sessions", "application/json"],
    ["XML", "status-sessions.xml", "text/xml;charset=utf-8"],
  ])("is told with who plays what where the server lists it as captured, in %s", async (_form, shape, type) => {
    await using running = await start();
    const { standIn, reelay } = running;
    const { Media, User, Player, Session, ...item } = listed();
    // In XML every scalar is text, and every part a list of one.
    const isXml = type.startsWith("text/xml");
    const asText = (object: object) =>
      Object.fromEntries(Object.entries(object).map(([name, value]) => [name, value === true ? "1" : String(value)]));
    const parts = { User, Player, Session };
    const entry = isXml
      ? { ...asText(item), User: [asText(User)], Player: [asText(Player)], Session: [asText(Session)] }
      : { ...item, ...parts };
    const example = { MediaContainer: { size: isXml ? "1" : 1, Metadata: [entry] } };
    const { MediaContainer } = restTwin(shape, JSON.parse(JSON.stringify(example)));
    const body = isXml ? encodeMediaContainerXml(MediaContainer as MediaContainer) : JSON.stringify({ MediaContainer });
    standIn.rest.set("/status/sessions", { body, type });
    send(standIn, {});
    const [started] = await reelay.tells("session.started", 1);
    expect(started?.facts).toMatchObject({
      item: { itemId: 42, sectionId: 7, title: expect.stringMatching(/./) },
      account: { id: 1, title: "Robin" },
      player: { uuid: "tv-1", title: "Living Room", platform: "Tizen", local: true, publicAddress: "203.0.113.7" },
      duration: 1_000_000,
    });
    expect(started?.facts).not.toHaveProperty("unknown");
  });

  test("of a slow server: pause and stop wait for no answer, and the start before them says what is not known", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    answer(standIn, "/status/sessions", { size: 0 }, 120_000);
    send(standIn, {});
    send(standIn, { state: "paused" });
    send(standIn, { state: "stopped" });
    const told = await reelay.tells(SESSIONS, 3);
    expect(words(told)).toEqual(["started 42", "paused 42", "stopped 42"]);
    expect(told[0]?.facts).toMatchObject({ unknown: ["item", "account", "player"], player: { uuid: "tv-1" } });
  });

  test("of which the server never says anything is told after some seconds", async () => {
    await using running = await start();
    send(running.standIn, {});
    const [started] = await running.reelay.tells("session.started", 1);
    expect(started?.facts.unknown).toEqual(["item", "account", "player"]);
  });

  test("that was there at first sight is no start, and what happens to it is told", async () => {
    await using running = await start((standIn) => lists(standIn, listed()));
    const { standIn, reelay } = running;
    send(standIn, { state: "playing", viewOffset: 10_000 });
    send(standIn, { state: "paused", viewOffset: 11_000 });
    const told = await reelay.tells(SESSIONS, 1);
    expect(words(told)).toEqual(["paused 42"]);
    expect(told[0]?.facts).toMatchObject({ account: { title: "Robin" } });
  });

  test.each([
    ["no clientIdentifier", { clientIdentifier: undefined }],
    ["no sessionKey", { sessionKey: undefined }],
    ["integer ids", { sessionKey: 29, ratingKey: 42 }],
  ])("of servers that send %s is told as well", async (_what, form) => {
    await using running = await start();
    for (const state of ["playing", "paused", "stopped"])
      send(running.standIn, { ...(form as unknown as Plays), state });
    expect(words(await running.reelay.tells(SESSIONS, 3))).toEqual(["started 42", "paused 42", "stopped 42"]);
  });

  test("survives a restart, during which nothing happened", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    lists(standIn, listed());
    send(standIn, {});
    await reelay.tells("session.started", 1);
    await reelay.restart();
    await reelay.tells("upstream.gap", 1);
    send(standIn, { state: "stopped" });
    expect(words(await reelay.tells(SESSIONS, 2))).toEqual(["started 42", "stopped 42"]);
  });
});

describe("after an interruption", () => {
  test("what was missed and can be known is told once, with the limits of the gap", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    const players = ["goes on", "stops", "pauses", "to its end"].map((clientIdentifier, index) => ({
      ...{ clientIdentifier, sessionKey: String(index + 1), ratingKey: String(index + 101) },
    }));
    lists(standIn, ...players.map((one) => listed(one)));
    for (const one of players) send(standIn, one);
    await reelay.tells("session.started", 4);

    await standIn.stop();
    await reelay.tells("upstream.disconnected", 1);
    const [goesOn, , pauses] = players;
    lists(
      ...([standIn, listed({ ...goesOn, viewOffset: 400_000 }), listed({ ...pauses, state: "paused" })] as const),
      listed({ clientIdentifier: "new", sessionKey: "8", ratingKey: "108" }),
      listed({ clientIdentifier: "new and paused", sessionKey: "9", ratingKey: "109", state: "paused" }),
    );
    const viewedAt = Math.floor(Date.now() / 1000);
    const played = (ratingKey: string, n: number) => ({
      ...{
        historyKey: `/status/sessions/history/${n}`,
        ratingKey,
        viewedAt,
        accountID: 1,
        type: "movie",
        title: "Played",
      },
      librarySectionID: "7",
    });
    answer(standIn, "/status/sessions/history/all", { size: 2, Metadata: [played("104", 1), played("110", 2)] });
    const film = { type: "movie", title: "New", librarySectionID: 3, addedAt: viewedAt, updatedAt: viewedAt };
    answer(standIn, "/library/recentlyAdded", { size: 1, Metadata: [{ ...film, ratingKey: "200" }] });
    await standIn.start();

    const [gap] = await reelay.tells("upstream.gap", 1);
    const told = await reelay.told(`${SESSIONS},item.created,item.ready`);
    const missed = told.filter(({ facts }) => facts.missed !== undefined);
    const about = ({ type, facts }: Told) => `${type} ${facts.itemId ?? facts.item.itemId}`;
    expect(missed.map(about).sort()).toEqual([
      ...["item.created 200", "item.ready 200", "session.paused 103", "session.paused 109"],
      ...["session.scrobbled 104", "session.scrobbled 110", "session.started 108", "session.started 109"],
      ...["session.stopped 102", "session.stopped 104"],
    ]);
    // Within one playback in their order.
    expect(missed.filter(({ facts }) => facts.item?.itemId === 104).map(about)).toEqual([
      "session.scrobbled 104",
      "session.stopped 104",
    ]);
    expect(gap?.facts).toMatchObject({ healed: 10, unasked: [] });
    const { from, to } = gap?.facts ?? {};
    for (const { facts } of missed) expect(facts.missed).toEqual({ from, to });

    // And not again.
    await reelay.restart();
    await reelay.tells("upstream.gap", 2);
    expect(await reelay.told(`${SESSIONS},item.created,item.ready`)).toHaveLength(told.length);
  });

  test("what cannot be asked is named", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    for (const path of ["/status/sessions", "/library/recentlyAdded"]) {
      standIn.rest.set(path, { body: "<html>no</html>", type: "text/html" });
    }
    standIn.cut();
    const [gap] = await reelay.tells("upstream.gap", 1);
    expect(gap?.facts).toMatchObject({ healed: 0, unasked: ["recently added", "sessions"] });
  });
});

test("items are told as they are of an own library; what is repeated is not told again", async () => {
  await using running = await start();
  const { standIn, reelay } = running;
  const library = { identifier: "com.plexapp.plugins.library", sectionID: "7", itemID: "42", type: 4 };
  const timeline = (entry: object) =>
    standIn.sendFrame({ type: "timeline", payloadKey: "TimelineEntry", entry: { ...library, updatedAt: 5, ...entry } });
  const settled = { title: "The Long Tide S01 E03", state: 5 };
  timeline({ title: "", state: 0, metadataState: "created", parentItemID: "41", rootItemID: "40" });
  timeline({ ...settled, state: 1, metadataState: "processing", queueSize: 8 });
  timeline({ ...settled, mediaState: "analyzing" });
  timeline(settled);
  timeline(settled);
  timeline({ ...settled, updatedAt: 6 });
  timeline({ identifier: "tv.plex.providers.epg.onconnect:4", title: "", state: 9, metadataState: "deleted" });
  timeline({ title: "", state: 9, metadataState: "deleted" });
  const told = await reelay.tells("item.*", 4);
  expect(told.map(({ type }) => type)).toEqual(["item.created", "item.ready", "item.updated", "item.deleted"]);
  expect(told[0]?.facts).toEqual({
    ...{ sectionId: 7, itemId: 42, parentId: 41, rootId: 40, metadataType: 4, updatedAt: 5 },
  });
  expect(told[1]?.facts).toMatchObject({ title: settled.title });
});

test("a hook is sent what a Plex server with Plex Pass would send, in the upstream's name", async () => {
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  try {
    await using running = await start();
    const { standIn, reelay } = running;
    const { port } = receiver.address() as AddressInfo;
    const made = await reelay.ask("/api/v1/hooks", {
      method: "POST",
      body: JSON.stringify({ url: `http://127.0.0.1:${port}/`, events: ["media.play"] }),
      headers: { "content-type": "application/json" },
    });
    expect(made.status, await made.text()).toBe(201);
    lists(standIn, listed());
    send(standIn, {});
    await until(() => bodies.length > 0, "the webhook");
    const payload = JSON.parse(/^\{.*\}\r?$/m.exec(bodies[0] ?? "")?.[0] ?? "null");
    expect(payload).toMatchObject({
      ...{ event: "media.play", user: true, owner: true },
      Account: { id: 1, title: "Robin", thumb: "https://example.org/robin.png" },
      Server: { title: "Stand-in", uuid: standIn.machineIdentifier },
      Player: { uuid: "tv-1", title: "Living Room", local: true, publicAddress: "203.0.113.7" },
      Metadata: { librarySectionType: "show", ratingKey: "42", librarySectionID: 7, grandparentTitle: "The Long Tide" },
    });
    expect(payload.Metadata).not.toHaveProperty("Media");
  } finally {
    await new Promise((resolve) => receiver.close(resolve));
  }
});

describe("Plex's own webhooks", () => {
  test("and notifications of the same play are one event, whichever comes first", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    // First the notifications, then the webhooks, two of which are of the start.
    for (const state of ["playing", "paused", "playing", "stopped"]) send(standIn, { state });
    await reelay.tells(SESSIONS, 4);
    for (const event of ["media.play", "playback.started", "media.pause", "media.resume", "media.stop"]) {
      expect(await post(reelay, webhook(standIn, event))).toBe(200);
    }
    // Now each webhook first, and its notification behind it.
    expect(await post(reelay, webhook(standIn, "media.play"))).toBe(200);
    send(standIn, { state: "playing", sessionKey: "30" });
    await reelay.tells("session.progressed", 1);
    expect(await post(reelay, webhook(standIn, "media.pause"))).toBe(200);
    send(standIn, { state: "paused", sessionKey: "30" });
    // Another player ends what is waited for.
    send(standIn, { sessionKey: "31", ratingKey: "43", clientIdentifier: "tv-2" });
    await until(async () => words(await reelay.told(SESSIONS)).includes("started 43"), "what comes last");
    expect(await post(reelay, webhook(standIn, "media.rate", { rating: "8" }))).toBe(200);
    const [rated] = await reelay.tells("item.rated", 1);
    expect(rated?.facts).toMatchObject({ rating: 8, item: { itemId: 42 }, account: { title: "Robin" } });
    expect(words(await reelay.told(SESSIONS))).toEqual([
      ...["started 42", "paused 42", "resumed 42", "stopped 42"],
      ...["started 42", "paused 42", "started 43"],
    ]);
  });

  test("tell who plays what where the server would be asked for it", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    answer(standIn, "/status/sessions", { size: 0 }, 120_000);
    send(standIn, {});
    expect(await post(reelay, webhook(standIn, "media.play"))).toBe(200);
    const [started, ...more] = await reelay.tells("session.started", 1);
    expect(started?.facts).toMatchObject({ account: { title: "Robin" }, player: { title: "Living Room" } });
    expect(started?.facts).not.toHaveProperty("unknown");
    expect(more).toEqual([]);
  });

  test("are taken from who knows the secret, and only from servers that are listened to", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    const play = webhook(standIn, "media.play");
    expect(await post(reelay, play, "/webhooks/plex/wrong")).toBe(404);
    expect(await post(reelay, { ...play, Server: { uuid: "8".repeat(40) } })).toBe(404);
    expect(await post(reelay, "{")).toBe(400);
    expect(await post(reelay, { event: "media.play" })).toBe(400);
    const url = `${reelay.server.url}${await webhookPath(reelay)}`;
    expect((await fetch(url, { method: "POST", body: "x", headers: { "content-type": "text/plain" } })).status).toBe(
      400,
    );
    expect(await reelay.told(SESSIONS)).toEqual([]);
  });
});
