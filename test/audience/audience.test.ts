import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type MediaEvent,
  type MediaEventType,
  mediaEventTypes,
  type NewMediaEvent,
} from "../../packages/server/src/events/media-event.ts";
import { toNotification } from "../../packages/server/src/events/projections.ts";
import { maySee, type Rights } from "../../packages/server/src/events/rights.ts";
import type { StreamClient } from "../../packages/server/src/streams/testing/stream-client.ts";
import { selfSigned } from "../support/certificates.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { MEMBER, type Onlooker, OWNER, SHARED, STRANGER } from "./onlookers.ts";
import { type AudienceServer, audienceServer, wires } from "./server.ts";
import { table } from "./table.ts";

const ids = { owner: OWNER, member: MEMBER, stranger: STRANGER } as const;
const onlookers = Object.keys(ids) as Onlooker[];
const types = Object.keys(mediaEventTypes) as MediaEventType[];

interface Told {
  readonly event: NewMediaEvent;
  readonly seenBy: readonly Onlooker[];
}

/** One event of each type and audience, no two alike. */
const told: readonly Told[] = types.flatMap((type, row) =>
  table[type].addressed.map(({ audience, seenBy }, column) => {
    const n = 100 * (row + 1) + column;
    // That the four belong to one type, the table's own type has checked.
    const event = { type, audience, subject: `test:${n}`, facts: table[type].facts(n) } as unknown as NewMediaEvent;
    return { event, seenBy };
  }),
);

/** What ends each stream of a test: addressed to each of the three alone. */
const ends: readonly NewMediaEvent[] = onlookers.map((who) => ({
  type: "status.announced",
  audience: { kind: "account", accountId: ids[who] },
  subject: "test:end",
  facts: { title: `End for ${who}`, description: "", notificationName: "TEST" },
}));

/** The notifications that one of the three must get, in order, and no other. */
function due(who: Onlooker): string[] {
  return told
    .filter(({ seenBy }) => seenBy.includes(who))
    .map(({ event }) => toNotification(event as MediaEvent))
    .filter((notification) => notification !== undefined)
    .map(({ type, entry }) => JSON.stringify([type, entry]));
}

function got(client: StreamClient): string[] {
  return client.received
    .filter((each) => titleOf(each)?.startsWith("End for ") !== true)
    .map(({ type, entry }) => JSON.stringify([type, entry]));
}

const ended = (client: StreamClient, who: Onlooker) => () =>
  client.received.some((each) => titleOf(each) === `End for ${who}`);

function titleOf(notification: StreamClient["received"][number]): string | undefined {
  return notification.type === "status"
    ? String((notification.entry as { readonly title?: unknown }).title)
    : undefined;
}

describe.each([
  { name: "HTTP", tls: false },
  { name: "HTTPS", tls: true },
])("by $name", ({ tls }) => {
  let running: AudienceServer;
  /** Where all streams of the test begin. */
  let start: string;
  const live = new Map<string, StreamClient>();

  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder("audience-tls");
    running = await audienceServer(tls ? { tls: await selfSigned(folder.path, "localhost") } : {});
    const at = await running.listen("SSE", "owner");
    await at.when(() => at.position !== undefined, "the position");
    start = at.position ?? "";
    at.cut();
    for (const wire of Object.keys(wires)) {
      for (const who of onlookers) live.set(`${wire} ${who}`, await running.listen(wire, who));
    }
    await running.server.tell(told.map(({ event }) => event));
    await running.server.tell(ends);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  describe.each(Object.keys(wires))("over %s", (wire) => {
    test.each(onlookers)("the %s gets live what it may see, in order, and nothing else", async (who) => {
      const client = live.get(`${wire} ${who}`);
      if (client === undefined) throw new Error("no stream");
      await client.when(ended(client, who), "the end");
      expect(got(client)).toEqual(due(who));
    });

    test.each(onlookers)("the %s gets the same by resuming", async (who) => {
      const client = await running.listen(wire, who, start);
      await client.when(ended(client, who), "the end");
      expect(got(client)).toEqual(due(who));
      client.cut();
    });

    test("the owner gets all that is told at all; the others get something, and not the same", () => {
      expect(due("owner")).toHaveLength(told.filter(({ event }) => table[event.type].silent !== true).length);
      for (const who of ["member", "stranger"] as const) {
        expect(due(who).length).toBeGreaterThan(0);
        expect(due(who).length).toBeLessThan(due("owner").length);
      }
      expect(due("member")).not.toEqual(due("stranger"));
    });

    test.each([undefined, "earliest"])(
      "without a token, or with a wrong one, there is no stream (since %s)",
      async (since) => {
        const connect = wires[wire];
        for (const token of ["", "wrong"]) {
          const opening = connect?.({
            port: running.server.port,
            tls,
            token,
            ...(since === undefined ? {} : { since }),
          });
          await expect(opening).rejects.toMatchObject({ status: 401 });
        }
      },
    );
  });
});

describe("the table of the code", () => {
  test.each(types)("addresses %s to the audiences that this test tries", (type) => {
    const tried = new Set(table[type].addressed.map(({ audience }) => audience.kind));
    expect([...tried].sort()).toEqual([...mediaEventTypes[type].audience].sort());
  });

  test.each(types)("tells %s by a notification, or says that it does not", (type) => {
    const event = told.find(({ event }) => event.type === type)?.event as MediaEvent;
    expect(toNotification(event) === undefined).toBe(table[type].silent === true);
  });

  // Those that no notification tells are read by what asks the log itself.
  test.each(told)("lets $seenBy see $event.type for $event.audience", ({ event, seenBy }) => {
    const rights: Readonly<Record<Onlooker, Rights>> = {
      owner: { accountId: OWNER, admin: true, sections: "all" },
      member: { accountId: MEMBER, admin: false, sections: new Set([SHARED]) },
      stranger: { accountId: STRANGER, admin: false, sections: new Set() },
    };
    expect(onlookers.filter((who) => maySee(rights[who], event.audience))).toEqual([...seenBy]);
  });
});
