import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MediaEventType } from "../../packages/server/src/events/media-event.ts";
import type { StreamClient } from "../../packages/server/src/streams/testing/stream-client.ts";
import { until } from "../support/wait.ts";
import { type Logged, readLog } from "./log.ts";
import { inSections, MEMBER, type Onlooker, OWNER, PRIVATE, SHARED, STRANGER } from "./onlookers.ts";
import { type AudienceServer, addFilm, audienceServer, wires } from "./server.ts";
import { table } from "./table.ts";

/** Types that nothing which a test can do in this time causes; audience.test.ts has them all. */
const uncaused: readonly MediaEventType[] = [
  "reachability.changed",
  "session.failed",
  "database.backed-up",
  "database.corrupted",
  "ondeck.entered",
  // Of other servers.
  "upstream.connected",
  "upstream.disconnected",
  "upstream.refused",
  "upstream.gap",
  "upstream.notified",
  "upstream.progressed",
];

const onlookers: readonly Onlooker[] = ["owner", "member", "stranger"];

/** By what an event is about, whatever audience it was given: the sections and accounts of the test, in words. */
function seenBy({ type, audience, facts }: Logged): readonly Onlooker[] {
  if (audience === "admins") return ["owner"];
  // Whose something is, its facts say as well: work is whoever's it runs for, playback whoever plays.
  const account = facts.account as { readonly id: number } | undefined;
  const whose = facts.userID ?? account?.id;
  if (whose !== undefined) expect(`${type} ${audience}`).toBe(`${type} account:${String(whose)}`);
  if (audience === `account:${MEMBER}`) return ["owner", "member"];
  if (audience === `account:${STRANGER}`) return ["owner", "stranger"];
  if (audience === `account:${OWNER}`) return ["owner"];
  // A section's event that names another section in its facts would be told to the wrong ones.
  if (type.startsWith("item.")) expect(audience).toBe(`section:${String(facts.sectionId)}`);
  if (audience === `section:${SHARED}`) return ["owner", "member"];
  if (audience === `section:${PRIVATE}`) return ["owner"];
  throw new Error(`${type} is addressed to ${audience}, of which this test knows nothing`);
}

let running: AudienceServer;
let logged: readonly Logged[];
const live = new Map<string, StreamClient>();

beforeAll(async () => {
  running = await audienceServer();
  for (const wire of Object.keys(wires)) {
    for (const who of onlookers) live.set(`${wire} ${who}`, await running.listen(wire, who, "earliest"));
  }
  await causeEverything();
  logged = log();
});
afterAll(() => running[Symbol.asyncDispose]());

/** What people and machines do with a server. */
async function causeEverything(): Promise<void> {
  const { ask, folders } = running;
  const owner = live.get("SSE owner");
  if (owner === undefined) throw new Error("no stream");
  const done = async (request: Promise<Response>): Promise<Response> => {
    const answer = await request;
    if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const scan = async (section: number) => {
    const before = complete(owner);
    await done(ask("owner", "POST", `/library/sections/${section}/refresh`));
    await owner.when(() => complete(owner) > before, "the scan");
  };
  for (const [section, folder] of [
    [SHARED, folders.shared],
    [PRIVATE, folders.private],
  ] as const) {
    for (const name of ["One (2001)", "Two (2002)"]) await addFilm(folder, name);
    await scan(section);
    await rm(join(folder, "Two (2002).mkv"));
    await scan(section);
  }
  const [shared] = await films(SHARED);
  if (shared === undefined) throw new Error("no film was found");
  await done(ask("owner", "PUT", `/library/metadata/${shared}/refresh`));
  await done(ask("owner", "PUT", "/:/prefs?FriendlyName=Box"));

  const account = (await (await done(ask("owner", "POST", "/api/v1/accounts", { name: "Kim" }))).json()) as {
    id: number;
  };
  await done(ask("owner", "PATCH", `/api/v1/accounts/${account.id}`, { name: "Kimberley" }));
  await done(ask("owner", "DELETE", `/api/v1/accounts/${account.id}`));

  for (const who of ["member", "owner"] as const) {
    const player = `X-Plex-Client-Identifier=${who}-tv&X-Plex-Session-Identifier=${who}-session`;
    const report = (state: string, time: number) =>
      done(
        ask(
          who,
          "POST",
          `/:/timeline?ratingKey=${shared}&key=/library/metadata/${shared}&state=${state}&time=${time}&duration=60000&${player}`,
        ),
      );
    await report("playing", 0);
    await report("playing", 5_000);
    await report("paused", 6_000);
    await report("playing", 6_000);
    await report("playing", 58_000);
    await report("stopped", 59_000);
    await done(ask(who, "PUT", `/:/rate?identifier=com.plexapp.plugins.library&key=${shared}&rating=8`));
  }
  // Whatever is still held back as progress or under way comes before this: a scan's end is told last.
  await until(
    () => types().size === Object.keys(table).length - uncaused.length,
    () =>
      `every type; missing: ${Object.keys(table)
        .filter((type) => !types().has(type as MediaEventType))
        .join(" ")}`,
  );
  await scan(SHARED);
  for (const who of ["member", "stranger"] as const) {
    const title = `End for ${who}`;
    await running.server.tell([
      {
        type: "status.announced",
        audience: { kind: "account", accountId: who === "member" ? MEMBER : STRANGER },
        subject: "test:end",
        facts: { title, description: "", notificationName: "TEST" },
      },
    ]);
  }
}

const complete = (client: StreamClient) =>
  client.received.filter((each) => each.type === "status" && JSON.stringify(each.entry).includes("scan complete"))
    .length;

async function films(section: number): Promise<string[]> {
  const answer = await running.ask("owner", "GET", `/library/sections/${section}/all`);
  const { MediaContainer } = (await answer.json()) as { MediaContainer: { Metadata?: { ratingKey: string }[] } };
  return (MediaContainer.Metadata ?? []).map(({ ratingKey }) => ratingKey);
}

const log = () => readLog(running.dataDir);
const types = () => new Set(log().map(({ type }) => type));
const seqs = (client: StreamClient) => client.received.map(({ id }) => Number(id?.split("-")[1]));
const due = (who: Onlooker) =>
  logged.filter((event) => table[event.type].silent !== true && seenBy(event).includes(who)).map(({ seq }) => seq);

test("everything that this test can cause was caused", () => {
  expect([...types()].sort()).toEqual(
    (Object.keys(table) as MediaEventType[]).filter((type) => !uncaused.includes(type)).sort(),
  );
  for (const { audience } of inSections) {
    expect(logged.some((event) => event.audience === `section:${audience.sectionId}`)).toBe(true);
  }
});

describe.each(Object.keys(wires))("over %s", (wire) => {
  test.each(onlookers)("the %s was told live exactly what it may see", async (who) => {
    const client = live.get(`${wire} ${who}`);
    if (client === undefined) throw new Error("no stream");
    await client.when(() => seqs(client).at(-1) === due(who).at(-1), "the last event");
    expect(seqs(client)).toEqual(due(who));
  });

  test.each(onlookers)("the %s is told the same when it reads everything again", async (who) => {
    const client = await running.listen(wire, who, "earliest");
    await client.when(() => seqs(client).at(-1) === due(who).at(-1), "the last event");
    expect(seqs(client)).toEqual(due(who));
    client.cut();
  });
});

test("what a member plays is told to it and the owner, and what the owner plays to nobody else", () => {
  const players = (who: Onlooker) =>
    new Set(
      live
        .get(`SSE ${who}`)
        ?.received.filter(({ type }) => type === "playing")
        .map(({ entry }) => (entry as { readonly clientIdentifier?: string }).clientIdentifier),
    );
  expect(players("owner")).toEqual(new Set(["member-tv", "owner-tv"]));
  expect(players("member")).toEqual(new Set(["member-tv"]));
  expect(players("stranger")).toEqual(new Set());
});
