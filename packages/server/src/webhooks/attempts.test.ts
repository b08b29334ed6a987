import { expect, test } from "vitest";
import { createLogger } from "../support/index.ts";
import { RecordRetention } from "./record-retention.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { type Received, Receiver } from "./testing/receiver.ts";
import { DAY, sessionEvent, WebhookRig } from "./testing/rig.ts";

/** As the record is to show it: values that may be secret are not in it. */
function shownHeaders({ headers }: Received): Record<string, unknown> {
  const { host: _, connection: __, ...sent } = headers;
  return { ...sent, "webhook-signature": "…", authorization: "…" };
}

test.each(["plex", "json"] as const)(
  "the record of a request of the format %s says what the receiver got",
  async (format) => {
    await using receiver = await Receiver.open((one, response) => {
      response.writeHead(one.headers["reelay-attempt"] === "1" ? 500 : 200, { server: "test" }).end("seen");
    });
    await using rig = await WebhookRig.open({
      hooks: [aHook("a", receiver.url, { format, headers: { Authorization: "Bearer abc" } })],
    });
    await rig.tell(sessionEvent("started"));
    await rig.pass(10_000);
    expect(receiver.received).toHaveLength(2);
    const record = rig.webhooks.attempts.of(rig.deliveries()[0]?.seq ?? 0);
    expect(record.map(({ number, status }) => [number, status])).toEqual([
      [1, 500],
      [2, 200],
    ]);
    for (const [index, { detail }] of record.entries()) {
      const got = receiver.received[index] as Received;
      const headers = Object.fromEntries(
        (detail.request?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]),
      );
      expect(headers).toEqual(shownHeaders(got));
      expect(detail.request).toMatchObject({
        method: "POST",
        origin: new URL(receiver.url).origin,
        bytes: got.body.length,
      });
      expect(detail.answer).toMatchObject({ headers: { server: "test" }, body: "seen", cut: false });
      expect(detail.timings.total).toBeGreaterThan(0);
    }
  },
);

test("hooks that are sent the same event get the same bytes, with a picture and without", async () => {
  await using receiver = await Receiver.open();
  await using rig = await WebhookRig.open({
    hooks: [
      aHook("a", receiver.url),
      aHook("b", receiver.url),
      aHook("c", receiver.url, { thumb: false }),
      aHook("d", receiver.url, { thumb: false }),
      aHook("e", receiver.url, { format: "json", thumb: false }),
    ],
  });
  const item = { metadata: { title: "Low Water" }, thumb: "7" };
  await rig.tell({ ...sessionEvent("started"), item });
  const bodies = new Map<string, number>();
  for (const { body } of receiver.received) {
    const text = body.toString("latin1");
    bodies.set(text, (bodies.get(text) ?? 0) + 1);
  }
  expect([...bodies.values()].toSorted()).toEqual([1, 2, 2]);
  expect(rig.database.read.get("SELECT count(*) AS n FROM messages")).toEqual({ n: 1 });
});

test("messages and forms go when no delivery needs them any more", async () => {
  await using receiver = await Receiver.open();
  await using rig = await WebhookRig.open({ hooks: [aHook("a", receiver.url), aHook("b", receiver.url)] });
  await rig.tell(sessionEvent("started"), sessionEvent("stopped"));
  const { database, clock } = rig;
  await using retention = new RecordRetention({ database, clock, log: createLogger("silent") });
  const left = () =>
    ["deliveries", "messages", "attempts", "attempt_forms"].map((table) =>
      Number(database.read.get(`SELECT count(*) AS n FROM ${table}`)?.n),
    );
  await retention.run();
  expect(left()).toEqual([4, 2, 4, 1]);
  rig.manual.advance(31 * DAY);
  await retention.run();
  expect(left()).toEqual([0, 0, 0, 1]);
  rig.manual.advance(31 * DAY);
  await retention.run();
  expect(left()).toEqual([0, 0, 0, 0]);
});
