import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type ConfigSources, defaultDataFolder, readSettings, type SettingName } from "./config.ts";
import { type Setting, settings } from "./settings.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(content: unknown): Promise<string> {
  const path = join(folder, "reelay.yaml");
  await writeFile(path, typeof content === "string" ? content : stringify(content));
  return path;
}

/** Of each setting: a value as each source gives it, what it means, and values that are refused. */
const cases: {
  readonly [K in SettingName]: {
    flag?: unknown;
    env?: string;
    file?: unknown;
    means: unknown;
    refused: readonly unknown[];
  };
} = {
  sections: {
    flag: ["/films", "/shows"],
    env: `/films${delimiter}/shows`,
    file: [{ path: "/films" }, { path: "/shows" }],
    means: [{ path: "/films" }, { path: "/shows" }],
    refused: [[""], [{ path: "/films", type: "film" }], [{ name: "x" }], [{ path: "/films", colour: "red" }], 3],
  },
  port: {
    flag: "32500",
    env: "32500",
    file: 32500,
    means: 32500,
    refused: ["-1", "65536", "1.5", "x", 1.5, true, "1e3"],
  },
  host: { flag: "0.0.0.0", env: "0.0.0.0", file: "0.0.0.0", means: "0.0.0.0", refused: [1, "x".repeat(254)] },
  data: { flag: "/data", env: "/data", file: "/data", means: "/data", refused: [1, "a\0b"] },
  token: {
    flag: "eight-or-more",
    env: "eight-or-more",
    file: "eight-or-more",
    means: "eight-or-more",
    refused: ["short", "with a blank", "umläute-haben", 12345678],
  },
  secretKey: {
    flag: "sixteen-or-more-of-them",
    env: "sixteen-or-more-of-them",
    file: "sixteen-or-more-of-them",
    means: "sixteen-or-more-of-them",
    refused: ["fifteen-is-few.", "one with a blank in it", "umläute-gehen-auch-nicht", 1234567812345678],
  },
  durability: { flag: "full", env: "full", file: "full", means: "full", refused: ["Full", "none", true] },
  numericIds: { flag: true, env: "1", file: true, means: true, refused: ["maybe", 1, "2"] },
  plex: {
    flag: ["http://nas:32400", "attic=https://attic.example/plex/,listen=32401", "cellar,listen=0"],
    env: " http://nas:32400  attic=https://attic.example/plex,listen=32401 cellar,listen=0",
    file: ["http://nas:32400", "attic=https://attic.example/plex,listen=32401", "cellar,listen=0"],
    means: [
      { url: "http://nas:32400" },
      { name: "attic", url: "https://attic.example/plex", listen: 32_401 },
      { name: "cellar", listen: 0 },
    ],
    refused: [
      ...["http://nas,listen=70000", "http://nas,listen=x", "nas:32400", "=http://nas", "nas=attic"],
      ...[["a b=http://nas"], ["http://u:p@nas"], ["http://nas/?X-Plex-Token=x"], [""], 3],
    ],
  },
  plainPlex: { flag: true, env: "1", file: true, means: true, refused: ["maybe", 1, "2"] },
  quiet: { flag: true, env: "yes", file: true, means: true, refused: ["maybe", 1, "2"] },
  maxStreams: { flag: "5", env: "5", file: 5, means: 5, refused: ["0", "1000001", "many", -5] },
  basePath: {
    flag: "/reelay/",
    env: "/reelay",
    file: "/reelay",
    means: "/reelay",
    refused: ["reelay", "/a//b", "/../a", "/a b", "/a?b", "/%61", "//", "", 1],
  },
  publicUrl: {
    flag: "https://media.example/reelay/",
    env: "https://MEDIA.example:443/reelay",
    file: "https://media.example/reelay",
    means: "https://media.example/reelay",
    refused: [
      "media.example",
      "ftp://a/",
      "https://u:p@a/",
      "https://a/?b",
      "https://a/#b",
      "https://a/b%20c",
      "https://",
      1,
    ],
  },
  tlsCert: {
    flag: "/tls/cert.pem",
    env: "/tls/cert.pem",
    file: "/tls/cert.pem",
    means: "/tls/cert.pem",
    refused: [1, ""],
  },
  tlsKey: { flag: "/tls/key.pem", env: "/tls/key.pem", file: "/tls/key.pem", means: "/tls/key.pem", refused: [1, ""] },
  hostNames: {
    flag: "nas.example, media",
    env: "nas.example,media",
    file: ["nas.example", "media"],
    means: ["nas.example", "media"],
    refused: ["a b", "http://nas", ["-x"], 5],
  },
  trustProxy: {
    flag: "10.0.0.2, fd00::/8",
    env: "10.0.0.2,fd00::/8",
    file: ["10.0.0.2", "fd00::/8"],
    means: ["10.0.0.2", "fd00::/8"],
    refused: ["nginx", "10.0.0.0/33", ["::1/"], true],
  },
  logLevel: { flag: "debug", env: "debug", means: "debug", refused: ["trace", "DEBUG", ""] },
  preferences: {
    file: { FriendlyName: "Attic", ButlerStartHour: 4, WebHooksEnabled: false },
    means: { FriendlyName: "Attic", ButlerStartHour: "4", WebHooksEnabled: "false" },
    refused: [1, ["FriendlyName"], "FriendlyName"],
  },
};
const names = Object.keys(settings) as SettingName[];

describe.each(names)("%s", (name) => {
  const { flag, env, file: inFile, means, refused } = cases[name];
  const { env: variable, key, range }: Setting<unknown> = settings[name];

  test("comes from the command line, the environment and the file, where it can be given there", async () => {
    const given: ConfigSources[] = [];
    if (flag !== undefined) given.push({ flags: { [name]: flag }, env: {} });
    if (variable !== undefined) given.push({ flags: {}, env: { [variable]: env } });
    if (key !== undefined) given.push({ flags: {}, env: {}, file: await file({ [key]: inFile }) });
    for (const sources of given) expect(readSettings(sources)).toEqual({ [name]: means });
    expect(given.length).toBeGreaterThan(0);
  });

  test("a value that is not allowed is refused with its name, its source and what is allowed", async () => {
    for (const value of refused) {
      const sources = key === undefined ? { flags: { [name]: value } } : { file: await file({ [key]: value }) };
      const asked = readSettings.bind(undefined, { flags: {}, env: {}, ...sources });
      expect(asked, String(value)).toThrow(expect.objectContaining({ code: "REELAY_CONFIG_INVALID" }));
      expect(asked).toThrow(range);
      expect(asked).toThrow(key === undefined ? "--log-level" : `${key} in ${join(folder, "reelay.yaml")}, line 1`);
      if (name !== "token" && name !== "secretKey") expect(asked).toThrow(JSON.stringify(value).slice(0, 100));
      else expect(asked).not.toThrow(String(value));
    }
  });
});

test("flags go before the environment, and that before the file", async () => {
  const path = await file({ port: 3, durability: "full", maxStreams: 3 });
  const env = { REELAY_CONFIG: path, REELAY_PORT: "2", REELAY_DURABILITY: "normal" };
  expect(readSettings({ flags: { port: "1" }, env })).toEqual({ port: 1, durability: "normal", maxStreams: 3 });
});

test("an empty variable counts as not set", async () => {
  const path = await file({ port: 3 });
  expect(readSettings({ flags: {}, env: { REELAY_PORT: "", REELAY_TOKEN: " " }, file: path })).toEqual({ port: 3 });
});

test("the token may be in a file of its own; REELAY_TOKEN goes before it, its content is in no message", async () => {
  const path = join(folder, "token");
  await writeFile(path, "from-the-file\n");
  expect(readSettings({ flags: {}, env: { REELAY_TOKEN_FILE: path } })).toEqual({ token: "from-the-file" });
  expect(readSettings({ flags: {}, env: { REELAY_TOKEN_FILE: path, REELAY_TOKEN: "from-the-env" } })).toEqual({
    token: "from-the-env",
  });
  await writeFile(path, "secret\nof two lines");
  const wrong = () => readSettings({ flags: {}, env: { REELAY_TOKEN_FILE: path } });
  expect(wrong).toThrow(/^REELAY_TOKEN_FILE: is not allowed/);
  expect(() => readSettings({ flags: {}, env: { REELAY_TOKEN_FILE: join(folder, "none") } })).toThrow(
    /REELAY_TOKEN_FILE.*ENOENT/,
  );
});

test("paths in the file are relative to it; ~ is the home folder", async () => {
  const path = await file({
    data: "data",
    sections: [{ path: "films", name: "My films", type: "movie" }, { path: "~/Shows" }],
  });
  expect(readSettings({ flags: {}, env: {}, file: path })).toEqual({
    data: join(folder, "data"),
    sections: [{ path: join(folder, "films"), name: "My films", type: "movie" }, { path: join(homedir(), "Shows") }],
  });
  expect(readSettings({ flags: {}, env: { REELAY_DATA: "~/reelay" } })).toEqual({ data: join(homedir(), "reelay") });
});

test.each<[string, string, RegExp]>([
  ["an unknown key", "prot: 1", /prot in .* is no setting; there are sections, port/],
  ["no YAML", "port: [", /cannot be read/],
  ["a list", "- port", /holds no settings/],
])("a file with %s is refused", async (_what, content, message) => {
  const path = await file(content);
  expect(() => readSettings({ flags: {}, env: {}, file: path })).toThrow(message);
});

test.each<[string, RegExp]>([
  [
    "ButlerStartHuor: 3",
    /^preferences\.ButlerStartHuor in .*, line 5: there is no such preference; did you mean ButlerStartHour\?$/,
  ],
  ["ButlerStartHour: 25", /^preferences\.ButlerStartHour in .*, line 5: it takes one of 0, 1, .*23$/],
  ["ButlerTimeZone: Middle/Earth", /, line 5: it takes an IANA time zone/],
  ["FriendlyName:", /, line 5: it takes one value, not a list or nothing$/],
  ["LanNetworksBandwidth: [10.0.0.0/8]", /, line 5: it takes one value/],
  ["LibraryVideoPlayedThreshold: 1.5", /, line 5: it takes a whole number$/],
  ["Xyzzyplughquux: 1", /: there is no such preference; GET \/:\/prefs lists all$/],
  ["WebHooksEnabled: maybe\n  MinimumProgressTime: -1", /, line 5: it takes 1, 0, .*\n.*, line 6: it takes from 0 to/],
])("of first values of preferences, %j is refused with its line, and with it all", async (line, message) => {
  const path = await file(
    `port: 1\n# What follows is only for the first start.\npreferences:\n  ScheduledLibraryUpdateInterval: 1800\n  ${line}\n`,
  );
  expect(() => readSettings({ flags: {}, env: {}, file: path })).toThrow(
    expect.objectContaining({ code: "REELAY_CONFIG_INVALID", message: expect.stringMatching(message) }),
  );
});

test("an empty file sets nothing, a missing one is an error", async () => {
  expect(readSettings({ flags: {}, env: {}, file: await file("# nothing yet\n") })).toEqual({});
  expect(() => readSettings({ flags: {}, env: {}, file: join(folder, "none.yaml") })).toThrow(/cannot be read: ENOENT/);
});

test("the default data folder follows the XDG specification", () => {
  expect(defaultDataFolder({}, "/home/me")).toBe("/home/me/.local/share/reelay");
  expect(defaultDataFolder({ XDG_DATA_HOME: "/xdg" }, "/home/me")).toBe("/xdg/reelay");
  expect(defaultDataFolder({ XDG_DATA_HOME: "relative" }, "/home/me")).toBe("/home/me/.local/share/reelay");
});
