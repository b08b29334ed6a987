import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import type { EventLog, NewMediaEvent } from "../events/index.ts";
import { readSnapshot } from "../events/index.ts";
import type { Hook } from "./hook.ts";
import { aHook, MemoryHooks } from "./testing/memory-hooks.ts";
import { Receiver } from "./testing/receiver.ts";
import { sessionEvent, WebhookRig } from "./testing/rig.ts";
import { openWebhooks } from "./webhooks.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function setUp(hooks: readonly Partial<Hook>[], folder?: string) {
  const receiver = await Receiver.open();
  opened.push(receiver);
  const named = hooks.map((said, index) => aHook(said.id ?? `hook-${index}`, receiver.url, said));
  const rig = await WebhookRig.open({ hooks: named, ...(folder === undefined ? {} : { folder }) });
  opened.push(rig);
  return { rig, receiver };
}

function unsent(rig: WebhookRig, eventId: string | undefined): unknown {
  const row = rig.database.read.get("SELECT unsent FROM plans WHERE event_id = ?", eventId ?? "");
  return row === undefined ? undefined : JSON.parse(String(row.unsent));
}

const sent = (rig: WebhookRig) => rig.deliveries().map(({ hookId, name }) => `${hookId} ${name}`);

const arrived: NewMediaEvent = {
  type: "item.arrived",
  audience: { kind: "section", sectionId: 7 },
  subject: "item:42",
  facts: {
    ...{ sectionId: 7, itemId: 42, metadataType: 1, updatedAt: 1_700_000_000, title: "Low Water", count: 1 },
    rolledUp: ["0190163d-8694-739b-aea5-000000000001"],
  },
};

describe("for each hook that is told of an event and is not sent it, there is the reason", () => {
  test.each<[string, Partial<Hook>, readonly unknown[]]>([
    ["other events", { events: ["media.stop"] }, ["media.play", "not-selected"]],
    ["a filter", { filter: { player: "Kitchen" } }, ["media.play", "filtered", "player"]],
    [
      "a filter that needs what is not known",
      { filter: { minDuration: 60_000 } },
      ["media.play", "unknown", "minDuration"],
    ],
    [
      "a hook that somebody disabled",
      { enabled: false, disabledReason: "by-hand" },
      ["media.play", "disabled", "by-hand"],
    ],
  ])("%s", async (_what, said, [name, reason, detail]) => {
    const { rig } = await setUp([said]);
    const [id] = await rig.tell(sessionEvent("started"));
    expect(sent(rig)).toEqual([]);
    expect(unsent(rig, id)).toEqual([["hook-0", name, reason, ...(detail === undefined ? [] : [detail])]]);
  });

  test("webhooks that are switched off, and what push notifications are off for", async () => {
    const { rig } = await setUp([{}]);
    rig.switches = { webhooks: true, pushNotifications: false };
    const [arrival] = await rig.tell(arrived);
    const [play] = await rig.tell(sessionEvent("started"));
    rig.switches = { webhooks: false, pushNotifications: true };
    const [stop] = await rig.tell(sessionEvent("stopped"));
    expect(unsent(rig, arrival)).toEqual([["hook-0", "library.new", "push-notifications-off"]]);
    expect(unsent(rig, play)).toEqual([]);
    expect(unsent(rig, stop)).toEqual([["hook-0", "media.stop", "webhooks-off"]]);
    expect(sent(rig)).toEqual(["hook-0 media.play"]);
  });

  test("an item that is told by what it arrived with", async () => {
    const { rig } = await setUp([{}]);
    const [arrival] = await rig.tell(arrived);
    expect(unsent(rig, "0190163d-8694-739b-aea5-000000000001")).toEqual([["*", "library.new", "rolled-up", arrival]]);
  });
});

test("nobody is told what they may not see: rights are those of the moment", async () => {
  const { rig, receiver } = await setUp([
    { id: "owner", accountId: 1 },
    { id: "robin", accountId: 2 },
    { id: "alex", accountId: 3 },
    { id: "gone", accountId: 99 },
  ]);
  await rig.tell(sessionEvent("started", { accountId: 2 }));
  expect(sent(rig).sort()).toEqual(["owner media.play", "owner playback.started", "robin media.play"]);
  await rig.tell(arrived);
  expect(sent(rig).slice(3).sort()).toEqual(["owner library.new", "robin library.new"]);
  rig.sections.set(2, new Set());
  rig.sections.set(3, new Set([7]));
  await rig.tell({ ...arrived, subject: "item:43" });
  expect(sent(rig).slice(5).sort()).toEqual(["alex library.new", "owner library.new"]);
  expect(receiver.received.map(({ payload }) => (payload.Account as { id: number }).id)).not.toContain(99);
});

test("what was told while nothing ran is planned at the next start, once", async () => {
  const folder = (await import("../storage/temporary-database.fixture.ts")).temporaryFolder();
  using _folder = folder;
  const { rig: first } = await setUp([{}], folder.path);
  await first.tell(sessionEvent("started"));
  await first.webhooks.close();
  await first.database.transaction(
    (tx) => void first.outbox.append(tx, [sessionEvent("paused"), sessionEvent("stopped")]),
  );
  await first[Symbol.asyncDispose]();
  const { rig: second } = await setUp([{}], folder.path);
  await second.idle();
  expect(sent(second)).toEqual(["hook-0 media.play", "hook-0 media.pause", "hook-0 media.stop"]);
  await second[Symbol.asyncDispose]();
});

test("an event of thousands of hooks is planned in turns, each hook once, whenever it is interrupted", async () => {
  const { rig } = await setUp(Array.from({ length: 2_500 }, () => ({ events: ["media.play"], settleMs: 0 })));
  let turns = 0;
  const transaction = rig.database.transaction.bind(rig.database);
  rig.database.transaction = (fn) => {
    turns++;
    return transaction(fn);
  };
  await rig.database.transaction((tx) => void rig.outbox.append(tx, [sessionEvent("started")]));
  while (rig.webhooks.planner.planned < rig.log.last()) await new Promise(setImmediate);
  // One wrote the event, and a turn plans for a thousand hooks at most.
  expect(turns).toBeGreaterThan(3);
  expect(new Set(sent(rig)).size).toBe(2_500);
  expect(sent(rig)).toHaveLength(2_500);
});

test("deliveries are committed with their event", async () => {
  const { rig } = await setUp([{ id: "a" }, { id: "b", events: ["media.stop"] }]);
  for (const change of ["started", "stopped"] as const) {
    await rig.database.soon((tx) => void rig.outbox.append(tx, [sessionEvent(change)]));
    expect(rig.webhooks.planner.planned).toBe(rig.log.last());
    expect(sent(rig).filter((one) => one === `a media.${change === "started" ? "play" : "stop"}`)).toHaveLength(1);
  }
  await rig.idle();
  expect(sent(rig)).toEqual(["a media.play", "a media.stop", "b media.stop"]);
});

test("what is not planned with its event, because there is much of it or that fails, is planned as the log is followed", async () => {
  const { rig } = await setUp([{}]);
  const { deliveries } = rig.webhooks;
  const message = deliveries.message.bind(deliveries);
  deliveries.message = () => {
    deliveries.message = message;
    throw new Error("no");
  };
  await rig.tell(sessionEvent("started"));
  await rig.tell(...Array.from({ length: 20 }, (_, session) => sessionEvent("paused", { session })));
  await rig.tell(sessionEvent("stopped"));
  expect(sent(rig)).toEqual(["hook-0 media.play", ...Array(20).fill("hook-0 media.pause"), "hook-0 media.stop"]);
});

test("a log that tells of no COMMIT is followed all the same", async () => {
  const { rig } = await setUp([]);
  const { log, database, outbox } = rig;
  const far: EventLog = {
    epoch: log.epoch,
    sharedWith: (epoch) => log.sharedWith(epoch),
    completeAfter: (families) => log.completeAfter(families),
    last: () => log.last(),
    read: (from, limit) => log.read(from, limit),
    follow: (from, signal) => log.follow(from, signal),
  };
  await rig.webhooks.close();
  await using webhooks = await openWebhooks({
    ...rig.settings,
    log: far,
    hooks: new MemoryHooks([aHook("a", "http://127.0.0.1:9/")]),
  });
  await database.transaction((tx) => void outbox.append(tx, [sessionEvent("started")]));
  await until(
    () => webhooks.planner.planned === log.last(),
    () => "the event to be planned",
  );
  expect(sent(rig)).toEqual(["a media.play"]);
});

test("a delivery keeps where its picture is found, only where its event has one", async () => {
  const { rig } = await setUp([{}]);
  const item = { metadata: { title: "Low Water" }, thumb: "3f2a" };
  await rig.tell({ ...sessionEvent("started"), item }, { ...sessionEvent("stopped"), item });
  const [play, stop] = rig.deliveries();
  expect(readSnapshot(rig.database.read, play?.snapshot ?? "")).toEqual(item);
  expect(stop?.snapshot).toBeNull();
});
