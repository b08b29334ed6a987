import { PlexAPI, SDKValidationError } from "@reelay/sdk";
import { type SessionMatch, type SessionUpdate, type WatchOptions, watchSessions } from "@reelay/sdk/sessions";
import { expect, test } from "vitest";
import { Watch } from "../../packages/sdk/src/sessions/watch.ts";
import { until } from "../support/wait.ts";
import { fastTime } from "./stand-in/fast-time.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";

/** An entry of `/status/sessions`, as the attributes of its XML form. */
const film = {
  ratingKey: "161",
  sessionKey: "45",
  type: "movie",
  title: "The Lighthouse Keeper's Atlas",
  duration: "6000000",
  year: "2019",
  librarySectionID: "1",
  librarySectionTitle: "Films",
};
const player = {
  machineIdentifier: "living-room",
  title: "Living Room TV",
  product: "Plex for Roku",
  local: "1",
  state: "playing",
};
const user = { id: "1", title: "Robin" };

const attributes = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}="${value.replaceAll("'", "&apos;")}"`)
    .join(" ");

const asXml = (item = film, its = player) => ({
  type: "text/xml;charset=utf-8",
  body: `<?xml version="1.0"?><MediaContainer size="1"><Video ${attributes(item)}><User ${attributes(user)}/><Player ${attributes(its)}/></Video></MediaContainer>`,
});

const asJson = (item = film, its = player) => ({
  type: "application/json",
  body: JSON.stringify({
    MediaContainer: {
      size: 1,
      Metadata: [
        {
          ...item,
          duration: Number(item.duration),
          year: 2019,
          User: user,
          Player: { ...its, local: true },
        },
      ],
    },
  }),
});

function watch(server: PlexStandIn, match: SessionMatch = {}, options: WatchOptions = {}, speed = 10) {
  const told: SessionUpdate[] = [];
  const errors: Error[] = [];
  const plexAPI = new PlexAPI({ serverURL: server.url, token: server.token });
  const sessions = new Watch(plexAPI, match, { onError: (error) => errors.push(error), ...options }, fastTime(speed));
  const done = (async () => {
    for await (const update of sessions) if (update.type !== "gap") told.push(update);
  })();
  return { told, errors, done, [Symbol.asyncDispose]: () => sessions.close() };
}

function report(server: PlexStandIn, state: "playing" | "paused" | "stopped" | "buffering", viewOffset: number): void {
  server.send({
    type: "playing",
    entry: {
      sessionKey: film.sessionKey,
      clientIdentifier: player.machineIdentifier,
      guid: "",
      ratingKey: film.ratingKey,
      url: "",
      key: `/library/metadata/${film.ratingKey}`,
      viewOffset,
      state,
    },
  });
}

test.each([
  ["XML", asXml],
  ["JSON", asJson],
])("tells what webhooks would, with item, player and account from the server's list in %s", async (_, form) => {
  await using server = await PlexStandIn.start();
  await using sessions = watch(server);
  await until(
    () => server.streamCount === 1 && server.asked.some(({ path }) => path === "/status/sessions"),
    "the connection",
  );
  server.sessions = form();
  const looksBefore = server.asked.filter(({ path }) => path === "/status/sessions").length;
  report(server, "buffering", 0);
  report(server, "playing", 0);
  report(server, "playing", 10_000);
  report(server, "paused", 20_000);
  report(server, "playing", 20_000);
  report(server, "playing", 5_500_000);
  report(server, "playing", 5_600_000);
  report(server, "stopped", 5_700_000);
  await until(
    () => sessions.told.length === 5,
    () => JSON.stringify([sessions.told, sessions.errors]),
  );
  expect(sessions.told.map(({ type, event, viewOffset }) => [type, event, viewOffset])).toEqual([
    ["started", "media.play", 0],
    ["paused", "media.pause", 20_000],
    ["resumed", "media.resume", 20_000],
    ["scrobbled", "media.scrobble", 5_500_000],
    ["stopped", "media.stop", 5_700_000],
  ]);
  for (const update of sessions.told) {
    expect(update.item).toMatchObject({
      ratingKey: "161",
      type: "movie",
      title: "The Lighthouse Keeper's Atlas",
      duration: 6_000_000,
      year: 2019,
      section: { id: "1", title: "Films" },
    });
    expect(update.player).toMatchObject({ uuid: "living-room", title: "Living Room TV", local: true });
    expect(update.account).toEqual({ id: "1", title: "Robin" });
    expect(update.session).toBe(sessions.told[0]?.session);
  }
  // One look for all events of the session.
  expect(server.asked.filter(({ path }) => path === "/status/sessions").length - looksBefore).toBe(1);
  expect(sessions.errors).toEqual([]);
});

test("lets through what the filter says", async () => {
  await using server = await PlexStandIn.start();
  server.sessions = asXml(film, { ...player, state: "stopped" });
  await using right = watch(server, {
    player: "living room tv",
    account: "Robin",
    local: true,
    type: ["movie", "episode"],
    event: "media.*",
  });
  await using other = watch(server, { player: "Kitchen" });
  await using short = watch(server, { minDuration: 7_000_000 });
  await using negated = watch(server, { not: { type: "movie" } });
  await using pauses = watch(server, { event: "media.pause", section: 1 });
  await until(() => server.streamCount === 5, "the connections");
  report(server, "playing", 0);
  report(server, "paused", 1_000);
  report(server, "stopped", 1_000);
  await until(
    () => right.told.length === 3 && pauses.told.length === 1,
    () => JSON.stringify([right, pauses]),
  );
  expect([other.told, short.told, negated.told]).toEqual([[], [], []]);
});

test("refuses a filter that it does not know, and names what was probably meant", () => {
  const plexAPI = new PlexAPI();
  const misspelt = { playr: "Kitchen" } as SessionMatch;
  expect(() => watchSessions(plexAPI, misspelt)).toThrow(SDKValidationError);
  expect(() => watchSessions(plexAPI, misspelt)).toThrow(/did you mean player\?/);
});

test("knows what is there already, and does not tell it as started", async () => {
  await using server = await PlexStandIn.start();
  server.sessions = asXml();
  await using sessions = watch(server);
  await until(() => server.streamCount === 1, "the connection");
  report(server, "playing", 5_000);
  report(server, "paused", 6_000);
  await until(() => sessions.told.length === 1, "the pause");
  expect(sessions.told).toMatchObject([{ type: "paused", item: { title: film.title } }]);
});

test("finds out after a gap what was missed", async () => {
  await using server = await PlexStandIn.start();
  await using sessions = watch(server);
  await until(() => server.asked.some(({ path }) => path === "/status/sessions"), "the first look");
  // Started while the connection was down.
  server.sessions = asXml();
  server.cut();
  await until(() => sessions.told.length === 1, "the start");
  server.sessions = { type: "text/xml", body: '<MediaContainer size="0"/>' };
  server.cut();
  await until(() => sessions.told.length === 2, "the stop");
  expect(sessions.told).toMatchObject([
    { type: "started" },
    { type: "stopped", why: "ended", item: { title: film.title } },
  ]);
});

test("a player that falls silent has stopped after three minutes, or as long as is said", async () => {
  await using server = await PlexStandIn.start({ pingMs: 50 });
  await using sessions = watch(server, {}, {}, 100);
  await using sooner = watch(server, {}, { vanishAfterMs: 60_000 }, 100);
  const looks = () => server.asked.filter(({ path }) => path === "/status/sessions").length;
  await until(() => looks() === 2, "both to have seen the empty list");
  server.sessions = asXml();
  report(server, "playing", 0);
  await until(
    () => sessions.told.length === 2 && sooner.told.length === 2,
    () => JSON.stringify(sessions.told),
  );
  const [start, stop] = sessions.told;
  expect(stop).toMatchObject({ type: "stopped", why: "vanished" });
  const silence = (stop?.at ?? 0) - (start?.at ?? 0);
  expect(silence).toBeGreaterThanOrEqual(180_000);
  expect((sooner.told[1]?.at ?? 0) - (sooner.told[0]?.at ?? 0)).toBeLessThan(silence);
});

test("tells what it knows if the server does not list its sessions", async () => {
  await using server = await PlexStandIn.start();
  server.sessions = { type: "text/html", body: "<html>" };
  await using sessions = watch(server);
  await until(() => server.streamCount === 1, "the connection");
  report(server, "playing", 0);
  await until(() => sessions.told.length === 1, "the start");
  expect(sessions.told).toMatchObject([
    { type: "started", item: { ratingKey: "161" }, player: { uuid: "living-room" }, account: {} },
  ]);
  expect(sessions.errors.length).toBeGreaterThan(0);
});

test("ends by its signal, and with the error that ends the stream", async () => {
  await using server = await PlexStandIn.start();
  const stop = new AbortController();
  const sessions = watch(server, {}, { signal: stop.signal });
  await until(() => server.streamCount === 1, "the connection");
  stop.abort();
  await sessions.done;
  server.token = "another";
  const plexAPI = new PlexAPI({ serverURL: server.url, token: "wrong" });
  await expect(watchSessions(plexAPI).next()).rejects.toMatchObject({ statusCode: 401 });
});
