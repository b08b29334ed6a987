import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LogEntry, maySee, type NewMediaEvent, type Rights } from "../events/index.ts";
import { position, progress, status } from "../streams/testing/stream-server.ts";
import { History } from "./history.ts";
import { historyRoutes } from "./history-routes.ts";
import { type ApiRig, apiRig, rightsOf } from "./testing/rig.ts";

const section = (sectionId: number) => ({ kind: "section", sectionId }) as const;
const account = (accountId: number) => ({ kind: "account", accountId }) as const;
const item = (itemId: number, sectionId: number, more = {}) => ({
  sectionId,
  itemId,
  metadataType: 4,
  updatedAt: 1,
  ...more,
});

/** What happened, by the names under which the tests below expect it. */
const events: Record<string, NewMediaEvent> = {
  one: status("Scanning the Films section", section(1)),
  two: status('100 % "quoted" C:\\films_new', section(2)),
  three: progress("Scanning Zoë's Töchter", section(3)),
  mine: { type: "item.updated", audience: account(2), subject: "item:7", facts: { ...item(7, 2), title: "Watched" } },
  other: { type: "item.updated", audience: account(3), subject: "item:7", facts: { ...item(7, 2), title: "Seen" } },
  backup: {
    type: "database.backed-up",
    audience: { kind: "admins" },
    subject: "database",
    facts: { file: "films.db", bytes: 1_234_567, durationMs: 2 },
  },
  episode: {
    type: "item.created",
    audience: section(1),
    subject: "item:9",
    facts: item(9, 1, { parentId: 8, rootId: 7 }),
  },
  rated: {
    type: "item.rated",
    audience: account(2),
    subject: "item:9",
    facts: {
      item: { ...item(9, 1, { parentId: 8, rootId: 7 }), title: "The Long Tide" },
      account: { id: 2, title: "Robin" },
      rating: 8,
    } as unknown as Extract<NewMediaEvent, { type: "item.rated" }>["facts"],
  },
  joined: {
    type: "account.added",
    audience: { kind: "admins" },
    subject: "account:2",
    facts: { accountId: 2, name: "R" },
  },
};
const names = Object.keys(events);

let rig: ApiRig;
let entries: readonly LogEntry[];
beforeAll(async () => {
  rig = await apiRig(async ({ app, log }) => {
    await log.append(Object.values(events));
    await app.register(historyRoutes, { history: new History(log.database, log.log) });
  });
  entries = await rig.log.log.read(0, 1_000);
});
afterAll(() => rig[Symbol.asyncDispose]());

async function page(query: string, token = "owner") {
  const answer = await rig.get(`/api/v1/events/history?${query}`, token);
  expect(answer.statusCode, answer.body).toBe(200);
  const { events: told, next } = answer.json();
  const found = (told as { position: string }[]).map((one) => names[Number(one.position.split("-")[1]) - 1]);
  return { found, told, next };
}

test("sections of an upstream are seen by those who may use them there", async () => {
  const onNas = { origin: "nas", ...status("upstream", { kind: "section", sectionId: 1 }) };
  await using upstream = await apiRig(async ({ app, log }) => {
    await log.append([onNas, status("own", section(1)), { ...onNas, origin: "attic" }]);
    await app.register(historyRoutes, { history: new History(log.database, log.log) });
  });
  const seen = async (rights: Rights) => {
    const history = new History(upstream.log.database, upstream.log.log);
    const { events } = await history.page({}, rights, 10, new AbortController().signal);
    return events.map(({ origin, facts }) => `${facts.title} ${origin.slice(0, 5)}`);
  };
  const member = { accountId: 2, admin: false };
  expect(await seen({ ...member, sections: "all" })).toEqual(["own 00000"]);
  const some = new Map([["nas", new Set([1])]]);
  expect(await seen({ ...member, sections: new Set(), upstreams: some })).toEqual(["upstream nas"]);
  expect(await seen({ ...member, sections: new Set(), upstreams: new Map([["nas", "all"]]) })).toEqual([
    "upstream nas",
  ]);
  expect(await seen({ ...member, sections: new Set(), upstreams: new Map([["nas", new Set([2])]]) })).toEqual([]);
});

test("tells what happened, newest first, as the stream tells it", async () => {
  const { found, told, next } = await page("");
  expect(found).toEqual([...names].reverse());
  expect(next).toBeNull();
  expect(told.at(-1)).toEqual({
    id: entries[0]?.event.id,
    position: position(1),
    type: "status.announced",
    origin: "0".repeat(40),
    time: 1_700_000_000_000,
    subject: "section:1",
    facts: events.one?.facts,
    notification: { NotificationContainer: { type: "status", size: 1, StatusNotification: [events.one?.facts] } },
  });
  expect(told[3]).toMatchObject({ type: "database.backed-up", notification: null });
});

test.each(Object.entries(rightsOf))(
  "shows %s what its rights let it see, and full pages of it",
  async (token, rights) => {
    const visible = entries
      .filter(({ event }) => maySee(rights, event.audience))
      .map(({ seq }) => names[seq - 1])
      .reverse();
    expect((await page("", token)).found).toEqual(visible);
    if (visible.length > 2) expect((await page("limit=2", token)).found).toEqual(visible.slice(0, 2));
  },
);

test("is read page by page, each event once, whatever is appended meanwhile", async () => {
  await using other = await apiRig(async ({ app, log }) => {
    await log.append(Array.from({ length: 7 }, (_, index) => status(`${index}`)));
    await app.register(historyRoutes, { history: new History(log.database, log.log) });
  });
  const titles: string[] = [];
  let before = "";
  do {
    const answer = await other.get(`/api/v1/events/history?limit=3${before}`, "owner");
    const { events: told, next } = answer.json();
    titles.push(...told.map((one: { facts: { title: string } }) => one.facts.title));
    before = next === null ? "" : `&before=${next}`;
    await other.log.append([status("later")]);
  } while (before !== "");
  expect(titles).toEqual(["6", "5", "4", "3", "2", "1", "0"]);
});

describe("is narrowed by", () => {
  test.each([
    ["type=item.*", ["rated", "episode", "other", "mine"]],
    ["type=item.rated,account.added", ["joined", "rated"]],
    ["account=2", ["joined", "rated", "mine"]],
    ["section=1", ["rated", "episode", "one"]],
    ["section=2", ["other", "mine", "two"]],
    ["item=7", ["rated", "episode", "other", "mine"]],
    ["item=9", ["rated", "episode"]],
    ["item=9&account=2", ["rated"]],
    ["q=long%20tide", ["rated"]],
    ["q=films", ["backup", "two", "one"]],
    ["q=100%20%25", ["two"]],
    ["q=%25%25", []],
    ["q=_new", ["two"]],
    ["q=f_lms", []],
    ["q=%22quoted%22", ["two"]],
    ["q=C:%5Cfilms", ["two"]],
    ["q=Töchter", ["three"]],
    // The name of a fact is none of its values.
    ["q=durationMs", []],
    ["q=')%20OR%201=1--", []],
  ])("%s", async (query, expected) => {
    expect((await page(query)).found).toEqual(expected);
  });
});

test.each([
  "limit=0",
  "limit=501",
  "limit=x",
  "type=item.creatd",
  "account=-1",
  "item=x",
  "q=",
  `q=${"x".repeat(201)}`,
  "before=7",
  `before=${position(3, "00000000000000bb")}`,
])("refuses %s", async (query) => {
  const answer = await rig.get(`/api/v1/events/history?${query}`, "owner");
  expect([answer.statusCode, answer.json().error.code]).toEqual([400, "REELAY_INVALID_PARAMETER"]);
});

test("needs a token", async () => {
  expect((await rig.get("/api/v1/events/history")).statusCode).toBe(401);
});

test("a reading that its caller does not wait for ends, and the next one is answered", async () => {
  const history = new History(rig.log.database, rig.log.log);
  const gone = new AbortController();
  const owner = rightsOf.owner;
  if (owner === undefined) throw new Error("no owner");
  const page = history.page({ q: "nothing has this" }, owner, 10, gone.signal);
  gone.abort(new Error("gone"));
  await expect(page).rejects.toThrow("gone");
  expect((await history.page({}, owner, 1, new AbortController().signal)).events).toHaveLength(1);
});
