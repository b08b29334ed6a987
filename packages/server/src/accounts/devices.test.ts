import { beforeEach, describe, expect, test } from "vitest";
import type { RequestHead, Viewer } from "../http/index.ts";
import { createLogger } from "../support/index.ts";
import { Devices, type DevicesOptions } from "./devices.ts";
import { type AccountsRig, accountsRig } from "./testing.ts";

const owner: Viewer = { accountId: 1, admin: true, sections: "all", tokenId: "1", tokenName: "mine" };
let rig: AccountsRig;
let devices: Devices;
let robin: Viewer;

beforeEach(async () => {
  rig = await accountsRig();
  devices = open();
  const { id } = await rig.accounts.add({ name: "Robin" });
  robin = { accountId: id, admin: false, sections: new Set(), tokenId: "2", tokenName: "phone" };
  return () => rig.close();
});

function open(options: Partial<DevicesOptions> = {}): Devices {
  const { database, outbox, clock } = rig;
  const locate = () => ({ address: "192.168.1.7", local: true, publicAddress: "203.0.113.9" });
  return new Devices({ database, outbox, clock, log: createLogger("silent"), locate, ...options });
}

function head(headers: Readonly<Record<string, string>>, url = "/"): RequestHead {
  return { headers, url, method: "GET", httpVersion: "1.1" };
}
const named = (identifier: string, more: Readonly<Record<string, string>> = {}) =>
  head({ "x-plex-client-identifier": identifier, ...more });

/** After all units of work before it. */
async function appeared() {
  await rig.database.transaction(() => undefined);
  return (await rig.events()).filter((event) => event.type === "device.appeared");
}
const list = () => devices.list(0, 1_000).devices;

test("a device appears once, with what it tells of itself and where it is", async () => {
  const tv = named("tv-1", {
    "x-plex-device-name": "Living room",
    "x-plex-platform": "Android",
    "x-plex-platform-version": "14",
    "x-plex-product": "A Player",
    "x-plex-version": "1.2",
    "x-plex-device": "TV",
    "x-plex-model": "X9",
    "x-plex-device-vendor": "Acme",
  });
  devices.note(robin, tv);
  const [event, ...more] = await appeared();
  expect(more).toEqual([]);
  expect(event).toMatchObject({
    audience: { kind: "admins" },
    subject: "device:tv-1",
    facts: {
      ...{ clientIdentifier: "tv-1", name: "Living room", platform: "Android", platformVersion: "14" },
      ...{ product: "A Player", version: "1.2", device: "TV", model: "X9", vendor: "Acme" },
      ...{ accountId: robin.accountId, local: true, publicAddress: "203.0.113.9" },
    },
  });
  devices.note(robin, tv);
  devices.note(owner, tv);
  await rig.restart();
  devices = open();
  devices.note(owner, tv);
  expect(await appeared()).toHaveLength(1);
  expect(list()).toEqual([expect.objectContaining({ clientIdentifier: "tv-1", accountId: robin.accountId })]);
});

test("at once by many requests, it appears once", async () => {
  const others = [devices, open(), open()];
  for (let round = 0; round < 20; round++) for (const each of others) each.note(owner, named("tv-1"));
  expect(await appeared()).toHaveLength(1);
});

test.each([
  ["header", named("tv-1")],
  ["query", head({}, "/?X-Plex-Client-Identifier=tv-1")],
  ["query in other letters", head({}, "/?x-plex-client-identifier=tv%2D1")],
])("it may name itself in the %s", async (_where, request) => {
  devices.note(owner, request);
  expect((await appeared()).map(({ subject }) => subject)).toEqual(["device:tv-1"]);
});

test("a request that names no device is none", async () => {
  for (const request of [
    head({}),
    head({ "x-plex-client-identifier": " " }),
    head({}, "/?X-Plex-Client-Identifier="),
  ]) {
    devices.note(owner, request);
  }
  expect(await appeared()).toEqual([]);
});

describe("what it is called", () => {
  test.each([
    [{ "x-plex-device-name": "Sofa", "x-plex-device": "TV" }, "Sofa"],
    [{ "x-plex-device": "TV", "x-plex-product": "A Player" }, "TV"],
    [{ "x-plex-product": "A Player", "x-plex-platform": "Linux" }, "A Player"],
    [{ "x-plex-platform": "Linux" }, "Linux"],
    [{}, "tv-1"],
    // Clients write UTF-8 into headers, and Node reads them as Latin-1.
    [{ "x-plex-device-name": Buffer.from("Jürgens Gerät 雨").toString("latin1") }, "Jürgens Gerät 雨"],
    [{ "x-plex-device-name": "J\u00fcrgen" }, "Jürgen"],
  ])("%j is %s", async (more, name) => {
    devices.note(owner, named("tv-1", more));
    await appeared();
    expect(list().map((device) => device.name)).toEqual([name]);
  });

  test("moves nothing and hides nothing where it is shown, and is not endless", async () => {
    const evil = `\u001b[2J\u202e\n${"😀".repeat(500)}`;
    devices.note(owner, head({}, `/?X-Plex-Client-Identifier=a%00b&X-Plex-Device-Name=${encodeURIComponent(evil)}`));
    await appeared();
    const [device] = list();
    expect(device?.clientIdentifier).toBe("a\\u{0}b");
    expect(device?.name).toMatch(/^\\u\{1b\}\[2J\\u\{202e\}\\u\{a\}(?:😀)+$/u);
    expect([...(device?.name ?? "")].length).toBeLessThanOrEqual(200);
    devices.note(owner, named("x".repeat(5_000)));
    await appeared();
    expect(list()[1]?.clientIdentifier).toBe("x".repeat(200));
  });

  test("follows what it tells later; a request that tells less takes nothing away", async () => {
    devices.note(owner, named("tv-1", { "x-plex-device-name": "Sofa", "x-plex-platform": "Linux" }));
    rig.clock.advance(60_000);
    devices.note(owner, named("tv-1", { "x-plex-device-name": "Attic" }));
    rig.clock.advance(60_000);
    devices.note(owner, named("tv-1"));
    await appeared();
    expect(list()).toEqual([
      expect.objectContaining({ name: "Attic", platform: "Linux", lastSeenAt: rig.clock.now() }),
    ]);
  });

  test("is not for other accounts to say", async () => {
    devices.note(owner, named("tv-1", { "x-plex-device-name": "Sofa" }));
    rig.clock.advance(60_000);
    devices.note(robin, named("tv-1", { "x-plex-device-name": "Robin's" }));
    await appeared();
    expect(list()).toEqual([expect.objectContaining({ name: "Sofa", accountId: 1, lastSeenAt: rig.clock.now() })]);
  });
});

test("when it was last seen is written at most once a minute, also when the clock is set back", async () => {
  const first = rig.clock.now();
  const seen = async () => {
    devices.note(owner, named("tv-1"));
    await appeared();
    return list()[0]?.lastSeenAt;
  };
  expect(await seen()).toBe(first);
  rig.clock.advance(59_999);
  expect(await seen()).toBe(first);
  rig.clock.advance(1);
  expect(await seen()).toBe(first + 60_000);
  rig.clock.advance(-3_600_000);
  expect(await seen()).toBe(first + 60_000 - 3_600_000);
});

test("so it is for more devices than are remembered, and after a restart", async () => {
  const first = rig.clock.now();
  const all = () => Array.from({ length: 1_500 }, (_, number) => named(`tv-${number}`));
  for (const request of all()) devices.note(owner, request);
  expect(await appeared()).toHaveLength(1_500);
  rig.clock.advance(59_999);
  for (const each of [devices, open()]) for (const request of all()) each.note(owner, request);
  await appeared();
  expect(new Set(devices.list(0, 2_000).devices.map((device) => device.lastSeenAt))).toEqual(new Set([first]));
});

test("past the most devices of an account no more are recorded; those that are known, and other accounts' still are", async () => {
  devices = open({ maxPerAccount: 3 });
  for (let number = 1; number <= 50; number++) devices.note(robin, named(`invented-${number}`));
  devices.note(owner, named("tv-1"));
  expect((await appeared()).map(({ subject }) => subject)).toEqual([
    ...[1, 2, 3].map((number) => `device:invented-${number}`),
    "device:tv-1",
  ]);
  rig.clock.advance(60_000);
  devices.note(robin, named("invented-2"));
  devices.note(robin, named("invented-51"));
  expect(await appeared()).toHaveLength(4);
  expect(list().map(({ lastSeenAt }) => rig.clock.now() - lastSeenAt)).toEqual([60_000, 0, 60_000, 60_000]);
});

test("what could not be written is written with the next request", async () => {
  const broken = open({
    locate: () => {
      throw new Error("no network");
    },
  });
  broken.note(owner, named("tv-1"));
  expect(await appeared()).toEqual([]);
  devices.note(owner, named("tv-1"));
  expect(await appeared()).toHaveLength(1);
});

test("a device outlives the account that brought it, and does not appear again", async () => {
  devices.note(robin, named("tv-1"));
  await appeared();
  await rig.accounts.remove(robin.accountId);
  devices = open();
  devices.note(owner, named("tv-1"));
  expect(await appeared()).toHaveLength(1);
  expect(list()).toEqual([expect.objectContaining({ clientIdentifier: "tv-1", accountId: null })]);
});
