import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/wait.ts";
import { type Onlooker, PRIVATE, SHARED } from "./onlookers.ts";
import { type AudienceServer, addFilm, audienceServer } from "./server.ts";

const NO_SECTION = 99;
const NO_ITEM = 999_999;

interface Container {
  readonly MediaContainer: {
    readonly size: number;
    readonly Directory?: readonly { readonly title: string }[];
    readonly Metadata?: readonly { readonly ratingKey: string; readonly title: string }[];
  };
}

let running: AudienceServer;
/** The one film of each section. */
const film = new Map<number, string>();

beforeAll(async () => {
  running = await audienceServer();
  for (const [section, folder] of [
    [SHARED, running.folders.shared],
    [PRIVATE, running.folders.private],
  ] as const) {
    await addFilm(folder, `Film of ${section} (2001)`);
    await running.ask("owner", "POST", `/library/sections/${section}/refresh`);
    await until(
      async () => {
        const [found] = (await read("owner", `/library/sections/${section}/all`)).Metadata ?? [];
        if (found !== undefined) film.set(section, found.ratingKey);
        return found !== undefined;
      },
      () => `the film of section ${section}`,
    );
  }
});
afterAll(() => running[Symbol.asyncDispose]());

async function read(who: Onlooker, path: string): Promise<Container["MediaContainer"]> {
  const answer = await running.ask(who, "GET", path);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as Container).MediaContainer;
}

const titles = ({ Directory, Metadata }: Container["MediaContainer"]) =>
  [...(Directory ?? []), ...(Metadata ?? [])].map(({ title }) => title);

describe("lists leave out what the account may not use", () => {
  test.each<[Onlooker, readonly string[], readonly string[]]>([
    ["owner", ["Shared", "Private"], ["Film of 1", "Film of 2"]],
    ["member", ["Shared"], ["Film of 1"]],
    ["stranger", [], []],
  ])("for the %s", async (who, sections, added) => {
    for (const path of ["/library/sections", "/library/sections/all"]) {
      expect(titles(await read(who, path))).toEqual(sections);
    }
    const recent = await read(who, "/library/recentlyAdded");
    expect([titles(recent).sort(), recent.size]).toEqual([[...added].sort(), added.length]);
    expect((await read(who, "/library/onDeck")).size).toBe(0);
  });
});

describe("a section that the account may not use is answered like one that does not exist", () => {
  test.each<[string, (section: number, item: string) => string]>([
    ["GET", (section) => `/library/sections/${section}`],
    ["GET", (section) => `/library/sections/${section}/all`],
    ["GET", (section) => `/library/sections/${section}/all?type=1&sort=addedAt:desc`],
    ["GET", (section) => `/library/sections/${section}/albums`],
    ["GET", (_section, item) => `/library/metadata/${item}`],
    ["GET", (_section, item) => `/library/metadata/${item}/children`],
    ["GET", (_section, item) => `/library/metadata/${item}/allLeaves`],
    ["GET", (_section, item) => `/library/metadata/${item}/thumb`],
    ["PUT", (_section, item) => `/:/scrobble?identifier=com.plexapp.plugins.library&key=${item}`],
    ["PUT", (_section, item) => `/:/unscrobble?identifier=com.plexapp.plugins.library&key=${item}`],
    ["PUT", (_section, item) => `/:/rate?identifier=com.plexapp.plugins.library&key=${item}&rating=8`],
    [
      "PUT",
      (_section, item) => `/:/progress?identifier=com.plexapp.plugins.library&key=${item}&time=90000&state=stopped`,
    ],
    [
      "POST",
      (_section, item) =>
        `/:/timeline?ratingKey=${item}&key=/library/metadata/${item}&state=playing&time=0&duration=60000&X-Plex-Client-Identifier=tv`,
    ],
  ])("%s %s", async (method, path) => {
    const answerOf = async (who: Onlooker, section: number, item: string) => {
      const answer = await running.ask(who, method, path(section, item));
      // Which of the two numbers an answer names, it says by its words.
      const text = (await answer.text()).replaceAll(new RegExp(`\\b(?:${section}|${item})\\b`, "g"), "N");
      return [answer.status, text];
    };
    const nothing = await answerOf("member", NO_SECTION, String(NO_ITEM));
    expect(nothing[0]).toBe(404);
    expect(await answerOf("member", PRIVATE, film.get(PRIVATE) ?? "")).toEqual(nothing);
    expect(await answerOf("stranger", SHARED, film.get(SHARED) ?? "")).toEqual(nothing);
    // The same address is there for those who may.
    expect((await answerOf("member", SHARED, film.get(SHARED) ?? ""))[0]).toBe(200);
  });

  test("the media file itself", async () => {
    const [item] = (await read("owner", `/library/metadata/${film.get(PRIVATE)}`)).Metadata ?? [];
    const { Media } = item as unknown as { Media: [{ Part: [{ key: string }] }] };
    const { key } = Media[0].Part[0];
    expect((await running.ask("owner", "GET", key)).status).toBe(200);
    expect((await running.ask("member", "GET", key)).status).toBe(404);
    expect((await running.ask(undefined, "GET", key)).status).toBe(401);
  });
});

describe("what is the owner's alone", () => {
  test.each<[string, string]>([
    ["GET", "/accounts"],
    ["GET", "/accounts/1"],
    ["GET", "/devices"],
    ["GET", "/:/prefs"],
    ["GET", "/:/prefs/get?id=FriendlyName"],
    ["PUT", "/:/prefs?FriendlyName=Mine"],
    ["GET", "/butler"],
    ["POST", "/butler/BackupDatabase"],
    ["GET", "/status/sessions"],
    ["POST", `/library/sections?name=x&type=movie&location=/`],
    ["DELETE", `/library/sections/${SHARED}`],
    ["POST", `/library/sections/${SHARED}/refresh`],
    ["POST", `/library/sections/${PRIVATE}/refresh`],
    ["POST", `/library/sections/${NO_SECTION}/refresh`],
    ["POST", "/library/sections/all/refresh"],
    ["GET", "/api/v1/accounts"],
    ["GET", "/api/v1/tokens"],
    ["GET", "/api/v1/devices"],
  ])("%s %s is refused to a member, whatever there is, and to nobody at all before", async (method, path) => {
    expect((await running.ask("member", method, path)).status).toBe(403);
    expect((await running.ask(undefined, method, path)).status).toBe(401);
  });
});
