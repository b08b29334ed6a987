import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { until } from "../support/wait.ts";
import type { Beside } from "./beside.ts";
import { answer, listed, lists, post, SESSIONS, send, start, webhook } from "./scene.ts";

const LIBRARY = { identifier: "com.plexapp.plugins.library", sectionID: "7", type: 4, updatedAt: 5 };

function timeline(standIn: PlexStandIn, itemID: string, entry: object): void {
  standIn.sendFrame({
    type: "timeline",
    payloadKey: "TimelineEntry",
    entry: { ...LIBRARY, itemID, title: "The Long Tide S01 E03", ...entry },
  });
}

const created = { title: "", state: 0, metadataState: "created", parentItemID: "41", rootItemID: "40" };

/** Its entry in a library, as captures have it: numbers where the list of sessions has text. */
function inLibrary(ratingKey: string, more: object = {}) {
  const { User, Player, Session, Media, sessionKey, viewOffset, ...item } = listed({ ratingKey });
  return { ...item, librarySectionID: 7, thumb: `/library/metadata/${ratingKey}/thumb/5`, ...more };
}

const has = (standIn: PlexStandIn, ratingKey: string, more: object = {}) =>
  answer(standIn, `/library/metadata/${ratingKey}`, { size: 1, Metadata: [inLibrary(ratingKey, more)] });

const owner = (standIn: PlexStandIn) =>
  answer(standIn, "/accounts", {
    size: 2,
    Account: [
      { id: 0, name: "" },
      { id: 1, name: "Robin" },
    ],
  });

const device = (id: number, clientIdentifier: string) => ({
  id,
  name: `Device ${id}`,
  platform: "Tizen",
  clientIdentifier,
});

describe("by asking", () => {
  test("a device that plays, or is listed, and was not there before is new, once", async () => {
    await using running = await start((standIn) =>
      answer(standIn, "/devices", { size: 1, Device: [device(1, "tv-1")] }),
    );
    const { standIn, reelay } = running;
    lists(standIn, listed(), listed({ clientIdentifier: "tv-2", sessionKey: "30" }));
    send(standIn, {});
    send(standIn, { clientIdentifier: "tv-2", sessionKey: "30" });
    const [seen] = await reelay.tells("device.appeared", 1);
    expect(seen).toMatchObject({
      origin: standIn.machineIdentifier,
      subject: "device:tv-2",
      facts: { name: "Living Room", product: "Plex for TV", accountId: 1, local: true, publicAddress: "203.0.113.7" },
    });
    // Listed while nobody listened: that is asked behind a gap, too.
    answer(standIn, "/devices", { size: 3, Device: ["tv-1", "tv-2", "tv-3"].map((name, id) => device(id, name)) });
    standIn.cut();
    const [, listedNow] = await reelay.tells("device.appeared", 2);
    expect(listedNow?.facts).toMatchObject({
      clientIdentifier: "tv-3",
      name: "Device 2",
      missed: { from: expect.any(Number) },
    });
    // Its list does not say whose it is and where: nothing is made up.
    for (const part of ["accountId", "local", "publicAddress"]) expect(listedNow?.facts).not.toHaveProperty(part);
    expect(await post(reelay, webhook(standIn, "device.new", { Metadata: undefined }))).toBe(200);
    await reelay.restart();
    await reelay.tells("upstream.gap", 2);
    expect(await reelay.told("device.appeared")).toHaveLength(2);
  });

  test("a webhook that does not say which device is new has the list asked; where that fails, its sender hears so", async () => {
    await using running = await start((standIn) =>
      answer(standIn, "/devices", { size: 1, Device: [device(1, "tv-1")] }),
    );
    const { standIn, reelay } = running;
    const nameless = webhook(standIn, "device.new", { Player: undefined, Metadata: undefined });
    const asked = () => standIn.asked.filter(({ path }) => path === "/devices").length;
    await until(() => asked() === 1, "the first list");
    standIn.rest.set("/devices", { body: "not a list" });
    expect([await post(reelay, nameless), asked()]).toEqual([503, 2]);
    answer(standIn, "/devices", { size: 2, Device: [device(1, "tv-1"), device(2, "tv-2")] });
    expect(await post(reelay, nameless)).toBe(200);
    const [appeared] = await reelay.tells("device.appeared", 1);
    expect(appeared?.facts).toMatchObject({ clientIdentifier: "tv-2" });
  });

  test("what its owner rates is told, once, with the webhook of the same rating", async () => {
    await using running = await start(owner);
    const { standIn, reelay } = running;
    const lastRatedAt = Math.floor(Date.now() / 1_000);
    has(standIn, "42", { userRating: 8, lastRatedAt });
    timeline(standIn, "42", { state: 5 });
    const [rated] = await reelay.tells("item.rated", 1);
    expect(rated?.facts).toMatchObject({
      rating: 8,
      item: { itemId: 42, sectionId: 7 },
      account: { id: 1, title: "Robin" },
    });
    // The owner by the account at plex.tv, as newer servers have it.
    const Metadata = inLibrary("42", { userRating: 8, lastRatedAt });
    expect(
      await post(
        reelay,
        webhook(standIn, "media.rate", { rating: 8, Metadata, Account: { id: 9_000_001, title: "Robin" } }),
      ),
    ).toBe(200);
    timeline(standIn, "42", { state: 5 });
    // Rated long ago: what a refresh of the item shows is no news. And then rated anew.
    has(standIn, "43", { userRating: 3, lastRatedAt: lastRatedAt - 86_400 });
    timeline(standIn, "43", { state: 5 });
    has(standIn, "44", { userRating: 6.5, lastRatedAt });
    timeline(standIn, "44", { state: 5 });
    await reelay.tells("item.rated", 2);
    expect((await reelay.told("item.rated")).map(({ facts }) => [facts.item.itemId, facts.rating])).toEqual([
      [42, 8],
      [44, 6.5],
    ]);
  });

  test("an item that is ready is told with what it is; what is told of it meanwhile comes behind it", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    has(standIn, "42");
    timeline(standIn, "42", created);
    timeline(standIn, "42", { state: 5 });
    await reelay.tells("item.ready", 1);
    using database = new DatabaseSync(join(reelay.dataDir, "reelay.db"), { readOnly: true });
    const kept = database
      .prepare("SELECT content FROM snapshots JOIN events ON events.snapshot = hash WHERE type = 'item.ready'")
      .get();
    expect(JSON.parse(String(kept?.content)).metadata).toMatchObject({
      ratingKey: "42",
      grandparentTitle: "The Long Tide",
    });
    // One of which the server does not answer in time waits no longer than what comes behind it.
    answer(standIn, "/library/metadata/50", {}, 120_000);
    timeline(standIn, "50", created);
    timeline(standIn, "50", { state: 5 });
    timeline(standIn, "50", { title: "", state: 9, metadataState: "deleted" });
    await reelay.tells("item.deleted", 1);
    const told = (await reelay.told("item.*")).filter(({ facts }) => facts.itemId === 50);
    expect(told.map(({ type }) => type)).toEqual(["item.created", "item.ready", "item.deleted"]);
  });
});

describe("by its own webhooks alone", () => {
  test.each([
    ["admin.database.backup", "database.backed-up"],
    ["admin.database.corrupted", "database.corrupted"],
  ])("%s is told as %s", async (event, type) => {
    await using running = await start();
    const { standIn, reelay } = running;
    expect(await post(reelay, webhook(standIn, event, { Player: undefined, Metadata: undefined }))).toBe(200);
    const [told] = await reelay.tells(type, 1);
    expect(told?.origin).toBe(standIn.machineIdentifier);
  });

  test("what is new, on deck, and a device are told where no notification did", async () => {
    await using running = await start((standIn) => answer(standIn, "/devices", { size: 0 }));
    const { standIn, reelay } = running;
    const Metadata = inLibrary("60");
    for (const event of [
      "library.new",
      "library.on.deck",
      "device.new",
      "library.new",
      "library.on.deck",
      "device.new",
    ]) {
      expect(await post(reelay, webhook(standIn, event, { Metadata }))).toBe(200);
    }
    const types = "item.arrived,ondeck.entered,device.appeared";
    const told = await reelay.tells(types, 3);
    expect(told.map(({ type, subject }) => [type, subject])).toEqual([
      ["item.arrived", "item:60"],
      ["ondeck.entered", "item:60"],
      ["device.appeared", "device:tv-1"],
    ]);
  });

  test("what a notification has told of, or of a part of it, is not told again", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    timeline(standIn, "42", created);
    await reelay.tells("item.created", 1);
    const show = { ratingKey: "40", type: "show", title: "The Long Tide", librarySectionID: 7, leafCount: 1 };
    for (const Metadata of [show, inLibrary("42")]) {
      expect(await post(reelay, webhook(standIn, "library.new", { Metadata }))).toBe(200);
    }
    expect(
      await post(
        reelay,
        webhook(standIn, "library.new", {
          Metadata: inLibrary("70", { grandparentRatingKey: "69", parentRatingKey: "68" }),
        }),
      ),
    ).toBe(200);
    expect((await reelay.tells("item.arrived", 1)).map(({ subject }) => subject)).toEqual(["item:70"]);
  });
});

describe("whose it is", () => {
  const json = (method: string, body: object) => ({
    ...{ method, body: JSON.stringify(body) },
    headers: { "content-type": "application/json" },
  });
  interface ShownEvent {
    readonly forms: { readonly webhooks: readonly { readonly event: string; readonly payload: object }[] };
    readonly notSent: readonly { readonly hookId: string; readonly reason: string; readonly detail: string | null }[];
  }
  const shown = async (reelay: Beside, id: string | undefined, headers: Record<string, string> = {}) =>
    (await (await reelay.ask(`/api/v1/events/${id}`, { headers })).json()) as ShownEvent;

  test("follows the link: the member's own hook is told that it was them, the owner's that it was somebody else", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    await reelay.ask("/api/v1/accounts", json("POST", { name: "Kim", sections: [] }));
    const link = await reelay.ask("/api/v1/upstreams/nas/accounts/2", json("PUT", { upstreamAccount: 77 }));
    expect(link.status, await link.text()).toBe(200);
    lists(standIn, { ...listed(), User: { id: "77", title: "kim at plex.tv" } });
    send(standIn, {});
    const [started] = await reelay.tells("session.started", 1);
    expect(started?.facts.account).toEqual({ id: 77, title: "kim at plex.tv" });
    const made = await reelay.ask("/api/v1/accounts/2/tokens", json("POST", { name: "test" }));
    const { token } = (await made.json()) as { token: string };
    const told = async (headers?: Record<string, string>) => {
      const { webhooks } = (await shown(reelay, started?.id, headers)).forms;
      return webhooks.map(({ event, payload }) => [event, payload]);
    };
    const Account = { id: 77, title: "kim at plex.tv" };
    const Server = { uuid: standIn.machineIdentifier };
    expect(await told({ "x-plex-token": token })).toMatchObject([
      ["media.play", { user: true, owner: false, Account, Server }],
    ]);
    expect(await told()).toMatchObject([
      ["media.play", { user: false, owner: true, Account, Server }],
      ["playback.started", { user: false, owner: true, Account, Server }],
    ]);
    // And no longer, once it is taken away.
    await reelay.ask("/api/v1/upstreams/nas/accounts/2", { method: "DELETE" });
    send(standIn, { state: "paused" });
    const [paused] = await reelay.tells("session.paused", 1);
    expect((await reelay.ask(`/api/v1/events/${paused?.id}`, { headers: { "x-plex-token": token } })).status).toBe(404);
  });

  test("is not known where the server did not say: a filter that needs it sends nothing, whichever way it asks", async () => {
    await using running = await start();
    const { standIn, reelay } = running;
    const hooks = await Promise.all(
      [{ account: "Robin" }, { not: { account: "Robin" } }, { not: { player: "Kitchen" } }].map(async (filter) => {
        const made = await reelay.ask(
          "/api/v1/hooks",
          json("POST", { url: "http://127.0.0.1:1/", filter, events: ["media.play"] }),
        );
        const text = await made.text();
        expect(made.status, text).toBe(201);
        return /"id":"(hook_[^"]+)"/.exec(text)?.[1] ?? "";
      }),
    );
    send(standIn, {});
    const [started] = await reelay.tells("session.started", 1);
    const reasons = async () => {
      const { notSent } = await shown(reelay, started?.id);
      return hooks
        .map((hook) => notSent.find(({ hookId }) => hookId === hook))
        .map((one) => [one?.reason, one?.detail]);
    };
    // In a transaction of its own, a moment later.
    await until(async () => (await reasons()).every(([reason]) => reason !== "not-planned-yet"), "the plan");
    expect(await reasons()).toEqual([
      ["unknown", "account"],
      ["unknown", "not"],
      ["unknown", "not"],
    ]);
  });
});

describe("a hook's picture", () => {
  /** Parts of the webhooks that came, by event. */
  const pictures = new Map<string, Buffer>();
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, event = ""] = /"event":"([\w.]+)"/.exec(body.toString("latin1")) ?? [];
    const at = body.indexOf(Buffer.from([0xff, 0xd8, 0xff]));
    pictures.set(event, at < 0 ? Buffer.alloc(0) : body.subarray(at, body.lastIndexOf(Buffer.from([0xff, 0xd9])) + 2));
    response.end();
  });
  let poster: Buffer;
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    poster = await sharp({ create: { width: 400, height: 600, channels: 3, background: "#cc1020" } })
      .jpeg()
      .toBuffer();
  });
  afterAll(() => new Promise<void>((resolve) => receiver.close(() => resolve())));

  async function hook(reelay: Beside): Promise<void> {
    pictures.clear();
    const { port } = receiver.address() as AddressInfo;
    const made = await reelay.ask("/api/v1/hooks", {
      method: "POST",
      body: JSON.stringify({ url: `http://127.0.0.1:${port}/` }),
      headers: { "content-type": "application/json" },
    });
    expect(made.status, await made.text()).toBe(201);
  }

  const colourOf = async (event: string) => {
    await until(() => pictures.has(event), event);
    const [red, green, blue] = (await sharp(pictures.get(event)).stats()).channels.map(({ mean }) => Math.round(mean));
    return { red, green, blue };
  };

  test("is the upstream's, asked for by its token, which nobody sees", async () => {
    await using running = await start((standIn) => {
      standIn.rest.set("/library/metadata/42/thumb/5", { body: poster, type: "image/jpeg" });
    });
    const { standIn, reelay } = running;
    await hook(reelay);
    lists(standIn, { ...listed(), thumb: "/library/metadata/42/thumb/5" });
    send(standIn, {});
    const { red = 0, green = 255, blue = 255 } = await colourOf("media.play");
    expect(red - Math.max(green, blue)).toBeGreaterThan(120);
    // Once for all events of it.
    expect(await post(reelay, webhook(standIn, "media.rate", { rating: 9, Metadata: inLibrary("42") }))).toBe(200);
    const rated = await colourOf("media.rate");
    expect(rated).toEqual({ red, green, blue });
    expect(standIn.asked.filter(({ path }) => path.includes("thumb"))).toHaveLength(1);
    const history = await (await reelay.ask("/api/v1/events/history?limit=200")).text();
    expect(history).not.toContain(standIn.token);
  });

  test.each([
    ["that never comes", 120_000, "image/jpeg"],
    ["that is none", 0, "text/html"],
  ])("%s is drawn as a card, and keeps nothing waiting that ends the playback", async (_what, delayMs, type) => {
    await using running = await start((standIn) => {
      standIn.rest.set("/library/metadata/42/thumb/5", {
        body: type === "text/html" ? "<html>" : poster,
        type,
        delayMs,
      });
    });
    const { standIn, reelay } = running;
    await hook(reelay);
    lists(standIn, { ...listed(), thumb: "/library/metadata/42/thumb/5" });
    send(standIn, {});
    await until(() => standIn.asked.some(({ path }) => path.includes("thumb")), "the picture to be asked for");
    send(standIn, { state: "paused" });
    const [started] = await reelay.tells(SESSIONS, 2);
    expect(started?.facts).not.toHaveProperty("unknown");
    const { red = 255, green = 0, blue = 0 } = await colourOf("media.play");
    expect(red - Math.max(green, blue)).toBeLessThan(120);
  });
});
