import { describe, expect, test } from "vitest";
import { LocalEventLog, type LogEntry, type NewMediaEvent, Outbox } from "../events/index.ts";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { ManualClock } from "../support/index.ts";
import { aHook, MemoryHooks } from "./testing/memory-hooks.ts";
import { sessionEvent, WebhookRig } from "./testing/rig.ts";
import { Why } from "./why.ts";

const item = { sectionId: 1, itemId: 7, metadataType: 1, updatedAt: 2, title: "Alpha" };
const about = { audience: { kind: "section", sectionId: 1 }, subject: "item:7" } as const;

test.each<[reason: string, event: NewMediaEvent]>([
  ["first-scan", { ...about, type: "item.ready", facts: { ...item, arrival: "first-scan" } }],
  ["returned", { ...about, type: "item.ready", facts: { ...item, arrival: "returned" } }],
  ["rolling-up", { ...about, type: "item.ready", facts: { ...item, arrival: "new" } }],
  ["better-file", { ...about, type: "item.updated", facts: { ...item, arrival: "better-file" } }],
  ["not-a-webhook", { ...about, type: "item.updated", facts: item }],
])("why nothing was sent: %s", async (reason, event) => {
  await using temporary = temporaryDatabase();
  const { database } = temporary;
  const outbox = new Outbox({ clock: new ManualClock(), origin: "5".repeat(40), onCommitted: () => undefined });
  await database.transaction((tx) => void outbox.append(tx, [event]));
  const [entry] = await new LocalEventLog(database, "e".repeat(16)).read(0, 1);
  if (entry === undefined) throw new Error("no event");
  const hook = aHook("hook_1", "http://127.0.0.1/");
  const context = () => {
    throw new Error("not asked");
  };
  const why = new Why({ database, hooks: new MemoryHooks([hook]), context, planned: () => 100 });
  expect(why.notSent(entry, [hook])).toEqual([{ hookId: "hook_1", event: null, reason, detail: null }]);
});

describe("of what webhooks tell", () => {
  const why = ({ database, hooks, webhooks }: WebhookRig) => {
    const context = () => {
      throw new Error("not asked");
    };
    return new Why({ database, hooks, context, planned: () => webhooks.planner.planned });
  };
  const newest = async ({ log }: WebhookRig) => (await log.read(log.last() - 1, 1))[0] as LogEntry;

  test("a hook that was added later was not there yet, also when there was none at all", async () => {
    await using rig = await WebhookRig.open();
    await rig.tell(sessionEvent("started"));
    const later = aHook("later", "http://127.0.0.1:9/", { createdAt: rig.clock.now() + 1 });
    expect(why(rig).notSent(await newest(rig), [later])).toEqual([
      { hookId: "later", event: null, reason: "not-there-yet", detail: null },
    ]);
  });

  test("every hook that is told has its delivery, however many there are", async () => {
    // Held back, so that nothing is sent.
    const held = { settleMs: 60_000 };
    const hooks = Array.from({ length: 1_001 }, (_, at) => aHook(`hook-${10_000 + at}`, "http://127.0.0.1:9/", held));
    await using rig = await WebhookRig.open({ hooks });
    await rig.tell(sessionEvent("stopped"));
    const entry = await newest(rig);
    expect(why(rig).notSent(entry, hooks)).toEqual([]);
    expect(
      why(rig)
        .deliveries(entry, hooks.slice(-1))
        .map(({ hookId }) => hookId),
    ).toEqual(["hook-11000"]);
  });
});
