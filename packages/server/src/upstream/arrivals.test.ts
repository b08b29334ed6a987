import { afterEach, beforeEach, expect, test } from "vitest";
import { PlexStandIn } from "../../../../test/sdk/stand-in/plex-server.ts";
import type { NewMediaEvent } from "../events/index.ts";
import type { Transaction } from "../storage/index.ts";
import { ORIGIN, TestLog } from "../streams/testing/stream-server.ts";
import { ManualClock } from "../support/index.ts";
import { UpstreamArrivals } from "./arrivals.ts";
import { UpstreamClient } from "./client.ts";
import { Directory } from "./directory.ts";
import { UpstreamOnDeck } from "./on-deck.ts";
import { UpstreamPictures } from "./pictures.ts";

const NAS = "5".repeat(40);

let standIn: PlexStandIn;
let log: TestLog;
let clock: ManualClock;
let told: NewMediaEvent[];
beforeEach(async () => {
  standIn = await PlexStandIn.start();
  log = new TestLog();
  clock = new ManualClock();
  told = [];
});
afterEach(async () => {
  await log.close();
  await standIn.stop();
});

/** As after each start of the server. */
function open(): UpstreamArrivals {
  const client = new UpstreamClient(standIn.url, "test");
  client.token = standIn.token;
  const directory = new Directory(client, clock, new AbortController().signal);
  const { signal } = new AbortController();
  const shared = {
    ...{ origin: NAS, database: log.database, clock, directory, accountOf: () => undefined },
    append: (_tx: unknown, events: readonly NewMediaEvent[]) => void told.push(...events),
    store: (work: (tx: Transaction) => void) => void log.database.transaction(work),
  };
  return new UpstreamArrivals({
    ...shared,
    pictures: new UpstreamPictures({ client, clock, signal, keep: async () => undefined }),
    onDeck: new UpstreamOnDeck(shared),
  });
}

const add = (arrivals: UpstreamArrivals, ...ids: readonly number[]) =>
  log.database.transaction((tx) => {
    for (const itemId of ids) arrivals.add(tx, { itemId, sectionId: 2 }, `ready-${itemId}`);
  });

/** What the upstream has: a show of one season, and a film. */
function has(ids: readonly number[]): void {
  const items: Record<number, object> = {
    1: { type: "movie", title: "The Ferry" },
    10: { type: "show", title: "The Long Tide" },
    11: { type: "season", title: "Season 1", parentRatingKey: "10" },
    ...Object.fromEntries(
      [21, 22, 23].map((id) => [
        id,
        { type: "episode", title: `Part ${id}`, parentRatingKey: "11", grandparentRatingKey: "10", index: id - 20 },
      ]),
    ),
  };
  const Metadata = ids.map((id) => ({ ratingKey: String(id), librarySectionID: 2, updatedAt: 5, ...items[id] }));
  standIn.rest.set(`/library/metadata/${ids.join(",")}`, { body: JSON.stringify({ MediaContainer: { Metadata } }) });
}

const about = () =>
  told.map(({ type, subject, facts }) => {
    const { count, rolledUp } = facts as { readonly count: number; readonly rolledUp: readonly string[] };
    return [type, subject, count, rolledUp];
  });

test("an item is told once nothing else comes with it, and not before, also after a restart", async () => {
  has([1]);
  const arrivals = open();
  await add(arrivals, 1);
  clock.advance(9_999);
  await arrivals.look();
  expect(about()).toEqual([]);
  clock.advance(1);
  await open().look();
  await open().look();
  expect(about()).toEqual([["item.arrived", "item:1", 1, ["ready-1"]]]);
  expect(told[0]).toMatchObject({ origin: NAS, audience: { kind: "section", sectionId: 2 } });
  expect(told[0]?.origin).not.toBe(ORIGIN);
  expect(told[0]?.item?.metadata).toMatchObject({ librarySectionType: "movie", title: "The Ferry" });
});

test("a new show with its episodes is one; episodes that are added to a season are that season", async () => {
  has([10, 11, 21, 22]);
  const arrivals = open();
  await add(arrivals, 10, 11, 21, 22);
  clock.advance(10_000);
  await arrivals.look();
  expect(about()).toEqual([
    ["item.arrived", "item:10", 2, expect.arrayContaining(["ready-10", "ready-21", "ready-22"])],
  ]);
  told = [];
  has([22, 23]);
  has([11]);
  await add(arrivals, 22, 23);
  clock.advance(10_000);
  await arrivals.look();
  expect(about()).toEqual([["item.arrived", "item:11", 2, ["ready-22", "ready-23"]]]);
});

test("what goes on and on is told by its deadline; what is gone by then is not", async () => {
  has([1]);
  const arrivals = open();
  await add(arrivals, 1, 21);
  for (let second = 0; second < 120; second += 5) {
    clock.advance(5_000);
    await add(arrivals, 100 + second);
    if (second === 110) await log.database.transaction((tx) => void arrivals.forget(tx, 21));
  }
  await arrivals.look();
  expect(about()).toEqual([["item.arrived", "item:1", 1, ["ready-1"]]]);
});

test("while the upstream does not answer, it waits", async () => {
  const arrivals = open();
  await add(arrivals, 1);
  clock.advance(10_000);
  await standIn.stop();
  await arrivals.look();
  expect(told).toEqual([]);
  await standIn.start();
  has([1]);
  await arrivals.look();
  expect(about()).toHaveLength(1);
});

test("a new episode that is on the owner's On Deck by now has entered it, once", async () => {
  const arrivals = open();
  standIn.rest.set("/accounts", { body: '{"MediaContainer":{"Account":[{"id":1,"name":"Robin"}]}}' });
  standIn.rest.set("/library/onDeck", {
    body: '{"MediaContainer":{"Metadata":[{"ratingKey":"7"},{"ratingKey":"22"}]}}',
  });
  await add(arrivals, 21, 22);
  has([21, 22]);
  standIn.rest.set("/library/metadata/11", standIn.rest.get("/library/metadata/21,22") ?? { body: "" });
  clock.advance(10_000);
  await arrivals.look();
  const entered = () => told.filter(({ type }) => type === "ondeck.entered");
  expect(entered()).toMatchObject([
    { origin: NAS, subject: "item:22", audience: { kind: "admins" }, facts: { account: { id: 1, title: "Robin" } } },
  ]);
  await add(arrivals, 22);
  has([22]);
  clock.advance(10_000);
  await arrivals.look();
  expect(entered()).toHaveLength(1);
});
