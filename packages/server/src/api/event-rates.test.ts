import { afterAll, beforeAll, expect, test } from "vitest";
import type { NewMediaEvent } from "../events/index.ts";
import { progress, status } from "../streams/testing/stream-server.ts";
import { eventRateRoutes } from "./event-rate-routes.ts";
import { type ApiRig, apiRig } from "./testing/rig.ts";

const MINUTE = 60_000;
const section = (sectionId: number) => ({ kind: "section", sectionId }) as const;
const backup: NewMediaEvent = {
  type: "database.backed-up",
  audience: { kind: "admins" },
  subject: "database",
  facts: { file: "films.db", bytes: 1, durationMs: 2 },
};

let rig: ApiRig;
let from: number;
beforeAll(async () => {
  rig = await apiRig(async ({ app, log, clock }) => {
    // The newest of 60 buckets is the one that now is in.
    from = (Math.floor(clock.now() / MINUTE) - 59) * MINUTE;
    const at = (minute: number, event: NewMediaEvent): NewMediaEvent => ({ ...event, time: from + minute * MINUTE });
    await log.append([
      at(-1, status("before the window", section(1))),
      at(0, status("first", section(1))),
      at(0.5, status("first too", section(2))),
      at(1, progress("not counted", section(1))),
      at(2, backup),
      at(59.5, status("last", section(1))),
      at(60, status("behind the window", section(1))),
    ]);
    await app.register(eventRateRoutes, { database: log.database, clock });
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

const rates = async (token: string) => (await rig.get("/api/v1/events/rates?hours=1&buckets=60", token)).json();

/** Sixty buckets with nothing but these. */
function buckets(counts: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: 60 }, (_, at) => counts[at] ?? 0);
}

test("facts are counted per family and bucket, progress is not", async () => {
  expect(await rates("owner")).toEqual({
    from,
    bucketMs: MINUTE,
    families: { library: buckets({ 0: 2, 59: 1 }), settings: buckets({ 2: 1 }) },
  });
});

test("an account counts what it may see, and nothing else", async () => {
  expect((await rates("member")).families).toEqual({ library: buckets({ 0: 1, 59: 1 }) });
  expect((await rates("nowhere")).families).toEqual({});
});
