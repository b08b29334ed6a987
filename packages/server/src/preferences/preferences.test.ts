import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LocalEventLog, Outbox, toNotification } from "../events/index.ts";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, systemClock } from "../support/index.ts";
import { preferences as catalogue, isNetwork, type Preference } from "./catalogue.ts";
import { Preferences } from "./preferences.ts";

async function rig(
  first: Record<string, string> = {},
  folder = mkdtempSync(join(tmpdir(), "reelay-prefs-")),
  given: Record<string, string> = {},
) {
  const database = Database.open(join(folder, "reelay.db"), {
    migrations: shippedMigrations(),
    log: createLogger("silent"),
  });
  const log = new LocalEventLog(database, "0123456789abcdef");
  const outbox = new Outbox({ clock: systemClock, origin: "rig", onCommitted: (entries) => log.committed(entries) });
  const began = log.last();
  const end = async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const preferences = await Preferences.open(database, outbox, first, given).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    folder,
    preferences,
    told: async () => (await log.read(began, 1_000)).map(({ event }) => toNotification(event)),
    close: () => database.close(),
    [Symbol.asyncDispose]: end,
  };
}

describe("preferences", () => {
  test("have defaults that they allow themselves", async () => {
    await using server = await rig();
    const texts = Object.fromEntries(server.preferences.list().map(({ id, value }) => [id, String(value)]));
    await server.preferences.set(texts);
    expect(await server.told()).toEqual([]);
    for (const setting of server.preferences.list()) expect(setting.value).toBe(setting.default);
  });

  test("change at once, are told one by one with their new value, and are kept", async () => {
    await using server = await rig();
    let heard = 0;
    server.preferences.onChange(["FriendlyName"], () => heard++);
    await server.preferences.set({
      FriendlyName: "Kino",
      LibraryVideoPlayedThreshold: "80",
      FSEventLibraryUpdatesEnabled: "1",
    });
    expect(server.preferences.get("FriendlyName")).toBe("Kino");
    expect(server.preferences.get("LibraryVideoPlayedThreshold")).toBe(80);
    expect(heard).toBe(1);
    const told = await server.told();
    expect(told.map((notification) => [notification?.type, notification?.entry])).toEqual([
      ["preference", expect.objectContaining({ id: "FriendlyName", value: "Kino", default: "" })],
      [
        "preference",
        expect.objectContaining({ id: "LibraryVideoPlayedThreshold", value: 80, default: 90, type: "int" }),
      ],
    ]);
    await server.close();
    await using again = await rig({}, server.folder);
    expect(again.preferences.get("FriendlyName")).toBe("Kino");
  });

  test.each([
    [{ FriendlyName: "Kino", NoSuchThing: "1" }, /^NoSuchThing: there is no such preference/],
    [{ FriendlyName: "Kino", LibraryVideoPlayedThreshold: "101" }, /^LibraryVideoPlayedThreshold: from 1 to 100/],
    [{ FriendlyName: "Kino", LibraryVideoPlayedThreshold: "ninety" }, /^LibraryVideoPlayedThreshold: a whole number/],
    [{ FriendlyName: "Kino", ScheduledLibraryUpdateInterval: "901" }, /^ScheduledLibraryUpdateInterval: one of 900, /],
    [
      { FriendlyName: "Kino", FSEventLibraryUpdatesEnabled: "maybe" },
      /^FSEventLibraryUpdatesEnabled: 1, 0, true or false/,
    ],
    [{ FriendlyName: "Kino", LanNetworksBandwidth: "10.0.0.0/33" }, /^LanNetworksBandwidth: a comma list/],
    [{ FriendlyName: "Kino", ButlerTimeZone: "Middle/Earth" }, /^ButlerTimeZone: an IANA time zone/],
    [{ FriendlyName: "Kino", __proto__: "x", constructor: "1" }, /^constructor: there is no such preference/],
  ])("%j is refused as a whole", async (texts, message) => {
    await using server = await rig();
    await expect(server.preferences.set(texts)).rejects.toMatchObject({
      code: "REELAY_INVALID_PARAMETER",
      detail: expect.stringMatching(message),
    });
    expect(server.preferences.get("FriendlyName")).toBe("");
    expect(await server.told()).toEqual([]);
  });

  test("take their first value from the configuration file, and keep what was set since", async () => {
    await using server = await rig({ FriendlyName: "From the file", ButlerStartHour: "4" });
    expect(server.preferences.get("ButlerStartHour")).toBe(4);
    await server.preferences.set({ FriendlyName: "Set since" });
    await server.close();
    await using again = await rig({ FriendlyName: "From the file", ButlerStartHour: "6" }, server.folder);
    expect(again.preferences.get("FriendlyName")).toBe("Set since");
    expect(again.preferences.get("ButlerStartHour")).toBe(4);
    await expect(rig({ ButlerEndHour: "25" })).rejects.toMatchObject({ code: "REELAY_INVALID_PARAMETER" });
  });

  test("given for one start hold until they are changed, and are stored only when somebody asks for them", async () => {
    await using server = await rig();
    await server.preferences.set({ LogLevel: "error" });
    await server.close();
    const restarted = (given: Record<string, string>) => rig({}, server.folder, given);
    const given = await restarted({ LogLevel: "debug" });
    expect(given.preferences.get("LogLevel")).toBe("debug");
    expect(given.preferences.setting("LogLevel").value).toBe("debug");
    await given.close();
    const without = await restarted({});
    expect(without.preferences.get("LogLevel")).toBe("error");
    await without.close();
    const again = await restarted({ LogLevel: "debug" });
    await again.preferences.set({ LogLevel: "debug" });
    expect(await again.told()).toEqual([]);
    await again.close();
    await using last = await restarted({});
    expect(last.preferences.get("LogLevel")).toBe("debug");
    await expect(restarted({ LogLevel: "loud" })).rejects.toMatchObject({ code: "REELAY_INVALID_PARAMETER" });
  });

  test("name themselves once, in words of ours, in a known group", () => {
    for (const preference of Object.values(catalogue) as Preference[]) {
      expect(preference.label).not.toBe("");
      expect(["general", "library", "network", "butler", "events"]).toContain(preference.group);
    }
  });

  test.each([
    ["192.168.0.0/16", true],
    ["10.0.0.0/255.0.0.0", true],
    ["10.0.0.0/255.0.255.0", false],
    ["fd00::/8", true],
    ["fd00::/129", false],
    ["::1", true],
    ["localhost", false],
    ["10.0.0.0/8/8", false],
    ["10.0.0.0/", false],
  ])("%s is a network: %s", (text, expected) => expect(isNetwork(text)).toBe(expected));
});
