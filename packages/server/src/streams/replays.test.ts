import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { defaultFilter, SseParser } from "@reelay/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatPosition } from "../events/index.ts";
import { createLogger } from "../support/index.ts";
import { formOf } from "./forms.ts";
import { plain } from "./framing.ts";
import { Interest } from "./interest.ts";
import { type Live, Replays } from "./replays.ts";
import { Ring } from "./ring.ts";
import { selectNotifications } from "./selection.ts";
import { Subscriber } from "./subscriber.ts";
import { EPOCH, rightsOf, status, TestLog } from "./testing/stream-server.ts";

/** More than the log keeps in memory, so that the oldest are read from the table. */
const EVENTS = 9_000;

let log: TestLog;

beforeEach(async () => {
  log = new TestLog();
  const events = Array.from({ length: EVENTS }, (_, index) => status(String(index + 1)));
  await log.append(events);
});
afterEach(() => log.close());

test("what retention removes in front of a slow reading is told where it is missing, once", async () => {
  // A client that takes nothing until it is read from: each step of the replay fills it.
  const socket = new PassThrough({ highWaterMark: 1 });
  const joined = Promise.withResolvers<void>();
  const hub: Live = {
    log: log.log,
    logger: createLogger("silent"),
    flushed: EVENTS,
    delivered: { messages: 0, bytes: 0 },
    ringOf: () => new Ring(1, EVENTS),
    join(subscriber) {
      if (subscriber.position !== EVENTS) return false;
      joined.resolve();
      return true;
    },
  };
  const interest = new Interest(selectNotifications(defaultFilter), rightsOf.owner ?? raise());
  const subscriber = new Subscriber(
    { wire: "sse", socket: socket as unknown as Socket, framing: plain, end: () => undefined },
    { form: formOf("sse", true, false), interest, accountId: 1, tokenId: "test", from: 0 },
  );
  new Replays(hub).begin(subscriber);
  await expect.poll(() => subscriber.position).toBeGreaterThan(0);
  const reached = subscriber.position;
  await log.removeThrough(2_000);

  const parser = new SseParser();
  const received: { type: string; data: string; id: string }[] = [];
  socket.on("data", (bytes: Buffer) => {
    for (const item of parser.push(bytes)) {
      if (item.kind === "event") received.push({ type: item.event, data: item.data, id: parser.lastEventId });
    }
  });
  await joined.promise;
  await expect.poll(() => received.at(-1)?.data).toContain(`"title":"${EVENTS}"`);
  const gaps = received.filter(({ type }) => type === "reelay.gap");
  expect(gaps.map(({ data }) => JSON.parse(data))).toEqual([
    {
      ReelayGapNotification: {
        reason: "retention",
        from: formatPosition(EPOCH, reached),
        to: formatPosition(EPOCH, 2_000),
      },
    },
  ]);
  expect(
    received.map(({ type, data }) => (type === "status" ? Number(/"title":"(\d+)"/.exec(data)?.[1]) : type)),
  ).toEqual([
    ...Array.from({ length: reached }, (_, index) => index + 1),
    "reelay.gap",
    ...Array.from({ length: EVENTS - 2_000 }, (_, index) => index + 2_001),
  ]);
});

function raise(): never {
  throw new Error("the test server has no owner");
}
