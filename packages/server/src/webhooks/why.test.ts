import { expect, test } from "vitest";
import { LocalEventLog, type NewMediaEvent, Outbox } from "../events/index.ts";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { ManualClock } from "../support/index.ts";
import { aHook, MemoryHooks } from "./testing/memory-hooks.ts";
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
