import { PlexServer } from "@ctrl/plex";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectSse } from "../../packages/server/src/streams/testing/stream-client.ts";
import { SHARED } from "../audience/onlookers.ts";
import { type AudienceServer, addFilm, audienceServer } from "../audience/server.ts";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { ctrlPlex } from "../support/third-party.ts";
import { until } from "../support/wait.ts";
import { type Beside, beside, TOKEN } from "./beside.ts";

/** A server with two sections, and a Reelay beside it that presents it on a port of its own. */
let upstream: AudienceServer;
let reelay: Beside;
let url: string;
/** Of an account that may use the shared section of the upstream, and nothing else. */
let member: string;
let films: readonly [shared: string, hidden: string];

beforeAll(async () => {
  upstream = await audienceServer();
  await addFilm(upstream.folders.shared, "Shared Film (2001)");
  await addFilm(upstream.folders.private, "Private Film (2002)");
  for (const section of [1, 2]) await upstream.ask("owner", "POST", `/library/sections/${section}/refresh`);
  const filmOf = async (section: number) => {
    const answer = await upstream.ask("owner", "GET", `/library/sections/${section}/all`);
    const { MediaContainer } = (await answer.json()) as { MediaContainer: { Metadata?: { ratingKey: string }[] } };
    return MediaContainer.Metadata?.[0]?.ratingKey ?? "";
  };
  await until(async () => (await filmOf(1)) !== "" && (await filmOf(2)) !== "", "the films");
  films = [await filmOf(1), await filmOf(2)];

  reelay = await beside({ url: upstream.server.url, token: upstream.tokens.owner, listen: 0 });
  await reelay.tells("upstream.connected", 1);
  const { upstreams } = (await (await reelay.ask("/api/v1/upstreams")).json()) as { upstreams: { port: number }[] };
  url = `http://127.0.0.1:${upstreams[0]?.port}`;
  const json = (method: string, body: object) => ({
    ...{ method, body: JSON.stringify(body) },
    headers: { "content-type": "application/json" },
  });
  await reelay.ask("/api/v1/accounts", json("POST", { name: "Member", sections: "all" }));
  const made = await reelay.ask("/api/v1/accounts/2/tokens", json("POST", { name: "test" }));
  member = ((await made.json()) as { token: string }).token;
  const linked = await reelay.ask("/api/v1/upstreams/nas/accounts/2", json("PUT", { sections: [SHARED] }));
  expect(linked.status).toBe(200);
});
afterAll(async () => {
  await reelay?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
});

const ask = (path: string, token: string | undefined, init: RequestInit = {}) =>
  fetch(`${url}${path}`, {
    ...init,
    headers: { accept: "application/json", ...(token === undefined ? {} : { "x-plex-token": token }), ...init.headers },
  });
const machineIdentifier = async (at: string) => {
  const answer = await fetch(`${at}/identity`, { headers: { accept: "application/json" } });
  return ((await answer.json()) as { MediaContainer: { machineIdentifier: string } }).MediaContainer.machineIdentifier;
};

test("is the upstream to whoever asks, on its port and, without an own library, on the main one", async () => {
  const origin = await machineIdentifier(upstream.server.url);
  expect(await machineIdentifier(url)).toBe(origin);
  expect(await machineIdentifier(reelay.server.url)).toBe(origin);
  expect(await (await ask(`/library/metadata/${films[1]}`, TOKEN)).text()).toContain("Private Film");
  const shown = [
    "/",
    "/library/sections",
    "/library/onDeck",
    "/accounts",
    "/devices",
    "/activities",
    "/status/sessions",
  ];
  for (const path of [...shown, "/:/prefs", "/butler", "/status/sessions/history/all"]) {
    const there = await upstream.ask("owner", "GET", path);
    const here = await ask(path, TOKEN);
    expect([path, here.status], path).toEqual([path, there.status]);
    expect(here.status, path).toBe(200);
  }
  expect((await ask(`/library/metadata/${films[1]}/thumb`, TOKEN)).status).toBe(
    (await upstream.ask("owner", "GET", `/library/metadata/${films[1]}/thumb`)).status,
  );
});

test("@ctrl/plex receives an event there, and resolves its item", async () => {
  await using listener = await ctrlPlex({ url, token: TOKEN });
  const player = "X-Plex-Client-Identifier=tv&X-Plex-Session-Identifier=one";
  const report = (state: string) =>
    upstream.ask(
      "owner",
      "POST",
      `/:/timeline?ratingKey=${films[0]}&key=/library/metadata/${films[0]}&state=${state}&time=0&duration=60000&${player}`,
    );
  await report("playing");
  await listener.until(({ type }) => type === "playing", "the start");
  const entry = listener.told.find(({ type }) => type === "playing")?.entry as { readonly key: string };
  const server = new PlexServer(url, TOKEN);
  await server.connect();
  const { MediaContainer } = await server.query<{ MediaContainer: { Metadata: { title: string }[] } }>(entry.key);
  expect(MediaContainer.Metadata[0]?.title).toBe("Shared Film");
  await report("stopped");
});

test("streams resume there, and tell of that server alone", async () => {
  const port = Number(new URL(url).port);
  const all = await connectSse()({ port, token: TOKEN, since: "earliest" });
  await all.when(() => all.received.some(({ type }) => type === "playing"), "what was told before");
  expect(all.received.every(({ type }) => type === "playing" || type === "timeline" || type === "activity")).toBe(true);
  expect(all.position).toMatch(/^[0-9a-f]{16}-\d+$/);
});

describe("a member", () => {
  test.each([
    ["/", 200],
    ["/library/sections", 200],
    ["/library/sections/1/all", 200],
    ["/library/sections/2/all", 404],
    ["/library/sections/2", 404],
    ["/library/sections/1/refresh", 404],
    ["/status/sessions", 404],
    ["/status/sessions/history/all", 404],
    ["/accounts", 404],
    ["/devices", 404],
    ["/activities", 404],
    ["/:/prefs", 404],
    ["/butler", 404],
    ["/library/recentlyAdded", 404],
    ["/library/onDeck", 404],
    ["/hubs", 404],
    ["/photo/:/transcode?url=/library/metadata/1/thumb&width=9&height=9", 404],
    ["/nowhere", 404],
  ] as const)("is answered %s with %d", async (path, status) => {
    expect((await ask(path, member)).status).toBe(status);
    expect((await ask(path, undefined)).status).toBe(401);
  });

  test("sees the sections that it may use, and the items in them", async () => {
    const { MediaContainer } = (await (await ask("/library/sections", member)).json()) as {
      MediaContainer: { size: number; Directory: { key: string }[] };
    };
    expect(MediaContainer.Directory.map(({ key }) => key)).toEqual([String(SHARED)]);
    expect(MediaContainer.size).toBe(1);
    expect((await ask(`/library/metadata/${films[0]}`, member)).status).toBe(200);
    expect((await ask(`/library/metadata/${films[1]}`, member)).status).toBe(404);
    expect((await ask(`/library/metadata/${films[0]},${films[1]}`, member)).status).toBe(404);
    // A picture like its item: what there is of the one, and nothing of the other.
    const thumb = await upstream.ask("owner", "GET", `/library/metadata/${films[0]}/thumb`);
    const shown = await ask(`/library/metadata/${films[0]}/thumb`, member);
    expect([shown.status, await shown.text()]).toEqual([200, await thumb.text()]);
    expect((await ask(`/library/metadata/${films[1]}/thumb`, member)).status).toBe(404);
    expect((await ask(`/library/metadata/${films[1]}/art`, member)).status).toBe(404);
    expect((await ask("/identity", undefined)).status).toBe(200);
    const xml = await (await ask(`/library/metadata/${films[0]}`, member, { headers: { accept: "text/xml" } })).text();
    expect(xml).toContain('title="Shared Film"');
    // Where the file is and what the owner has seen of it is the owner's.
    expect(xml).not.toMatch(/ file="| viewOffset="/);
  });

  test("is told what happens in the sections that it may use there, whatever numbers it may use here", async () => {
    const port = Number(new URL(url).port);
    const stream = await connectSse()({ port, token: member });
    await addFilm(upstream.folders.private, "Hidden (2003)");
    await upstream.ask("owner", "POST", "/library/sections/2/refresh");
    await addFilm(upstream.folders.shared, "Seen (2004)");
    await upstream.ask("owner", "POST", "/library/sections/1/refresh");
    await stream.when(() => stream.received.length > 0, "something of the shared section");
    const sections = () => stream.received.map(({ entry }) => (entry as { readonly sectionID?: string }).sectionID);
    expect(new Set(sections())).toEqual(new Set([String(SHARED)]));
  });
});

test("an account that is removed is linked with nobody there from that moment on", async () => {
  const json = (method: string, body: object) => ({
    ...{ method, body: JSON.stringify(body) },
    headers: { "content-type": "application/json" },
  });
  const made = await reelay.ask("/api/v1/accounts", json("POST", { name: "Guest", sections: "all" }));
  const { id } = (await made.json()) as { id: number };
  const links = "/api/v1/upstreams/nas/accounts";
  await reelay.ask(`${links}/${id}`, json("PUT", { upstreamAccount: 77, sections: "all" }));
  const linked = async () => {
    const { accounts } = (await (await reelay.ask(links)).json()) as { accounts: { accountId: number }[] };
    return accounts.map(({ accountId }) => accountId);
  };
  expect(await linked()).toContain(id);
  expect((await reelay.ask(`/api/v1/accounts/${id}`, { method: "DELETE" })).ok).toBe(true);
  expect(await linked()).not.toContain(id);
});

test("is read-only: what changes something is refused, by whatever method", async () => {
  for (const path of ["/library/sections/1/refresh", "/:/scrobble?key=1", "/status/sessions/terminate?sessionId=1"]) {
    expect((await ask(path, TOKEN)).status, path).toBe(404);
    expect([404, 405], path).toContain((await ask(path, TOKEN, { method: "POST" })).status);
  }
});

test("the upstream's token is in no answer, whatever the upstream answers", async () => {
  await using standIn = await PlexStandIn.start();
  const secret = standIn.token;
  const other = "token-of-somebody-else";
  const bodies = {
    "/accounts": [`{"MediaContainer":{"authToken":"${other}","x":"${secret}"}}`, "application/json"],
    "/devices": [`<MediaContainer accessToken="${other}" x="${secret}"/>`, "text/xml"],
    "/:/prefs": [`<MediaContainer><Setting id="PlexOnlineToken" value="${other}"/></MediaContainer>`, "text/xml"],
  };
  for (const [path, [body = "", type = ""]] of Object.entries(bodies)) standIn.rest.set(path, { body, type });
  standIn.rest.set("/library/big", { body: "x".repeat(17 * 1_048_576), type: "text/plain" });
  await using one = await beside(standIn);
  await one.tells("upstream.connected", 1);
  for (const path of Object.keys(bodies)) {
    const answer = await one.ask(path);
    const text = await answer.text();
    expect(`${answer.status} ${text}`, path).toMatch(/^200 .+/s);
    expect(text, path).not.toContain(secret);
    expect(text, path).not.toContain(other);
    expect(JSON.stringify([...answer.headers]), path).not.toContain(secret);
  }
  // Nor does a client's own token reach the upstream.
  await one.ask(`/library/onDeck?X-Plex-Token=${TOKEN}`);
  expect(JSON.stringify(standIn.asked.map(({ query, rawHeaders }) => [[...query], rawHeaders]))).not.toContain(TOKEN);
  const big = await one.ask("/library/big");
  expect([big.status, big.headers.get("x-reelay-error")]).toEqual([502, "REELAY_UPSTREAM_ANSWER"]);
  await standIn.stop();
  const gone = await one.ask("/accounts");
  expect([gone.status, gone.headers.get("x-reelay-error")]).toEqual([503, "REELAY_UPSTREAM_UNREACHABLE"]);
});
