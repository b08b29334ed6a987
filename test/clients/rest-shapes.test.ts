import { readFileSync } from "node:fs";
import { parseMediaContainerXml } from "@reelay/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareShape, type Shape } from "../shapes/shape.ts";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";

let samples: SampleServer;
beforeAll(async () => {
  samples = await sampleServer();
});
afterAll(() => samples?.[Symbol.asyncDispose]());

/** Keys of items that real servers write as well, but not those of the captures, or not in their lists. */
const extra = [
  ...["totalSize", "offset"],
  ...[
    "titleSort",
    "librarySectionTitle",
    "librarySectionID",
    "librarySectionKey",
    "childCount",
    "parentYear",
    "Genre",
  ].map((key) => `Metadata[].${key}`),
].map((key) => `MediaContainer.${key}`);

/** What an item has at least; all else is of agents, or of files that can be read. */
const always = ["ratingKey", "key", "guid", "type", "title", "summary", "addedAt", "updatedAt"];

interface Item {
  readonly ratingKey: string;
  readonly title: string;
}

interface Body {
  readonly MediaContainer: { readonly Metadata: readonly Item[] };
}

async function json(path: string): Promise<Body> {
  const response = await samples.server.fetch(path, { headers: { accept: "application/json" } });
  expect(response.status, path).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  return (await response.json()) as Body;
}

async function keyOf(list: string, title: string): Promise<string> {
  const { MediaContainer } = await json(list);
  const item = MediaContainer.Metadata.find((one) => one.title === title);
  if (item === undefined) throw new Error(`${title} is not in ${list}`);
  return item.ratingKey;
}

function shape(name: string): Shape {
  return JSON.parse(readFileSync(new URL(`../shapes/rest.${name}.json`, import.meta.url), "utf8"));
}

const films = "/library/sections/1/all";
const albums = "/library/sections/2/all?type=9";
const shows = "/library/sections/3/all";
const below = async (list: string, title: string) => `/library/metadata/${await keyOf(list, title)}/children`;
const seasons = () => below(shows, "Tidewrack & Sons");

test.each<readonly [what: string, shape: string, path: () => string | Promise<string>, items: number]>([
  ["films", "section-all-movies", () => films, 4],
  ["shows", "section-all-shows", () => shows, 2],
  ["seasons", "children-seasons", seasons, 2],
  ["episodes", "children-episodes", async () => below(await seasons(), "Season 1"), 3],
  ["tracks", "children-tracks", () => below(albums, "Salt Maps"), 6],
])("a list of %s has the keys, their order and the types of captured ones", async (_what, name, path, items) => {
  const body = await json(await path());
  expect(body.MediaContainer.Metadata).toHaveLength(items);
  for (const item of body.MediaContainer.Metadata) expect(Object.keys(item)).toEqual(expect.arrayContaining(always));
  // The artist of the captured tracks had no backdrop; that of captured webhooks has one.
  const backdrops = ["art", "grandparentArt"].map((key) => `MediaContainer.Metadata[].${key}`);
  const more = name === "children-tracks" ? backdrops : [];
  expect(compareShape(body, shape(name), { required: false, extra: [...extra, ...more] })).toEqual([]);
});

test("a film by its key is as in the list, with its section around it and the streams in it", async () => {
  const body = await json(`/library/metadata/${await keyOf(films, "雨の灯台")}`);
  // The capture of a whole answer is of a collection, which has no file; the files are in the captured list.
  const own = ["titleSort", "year", "art", "duration", "Media"].map((key) => `MediaContainer.Metadata[].${key}`);
  expect(compareShape(body, shape("metadata"), { required: false, extra: own })).toEqual([]);
  const streams = "MediaContainer.Metadata[].Media[].Part[].Stream";
  const around = ["librarySectionID", "librarySectionTitle", "librarySectionUUID"].map(
    (key) => `MediaContainer.${key}`,
  );
  const problems = compareShape(body, shape("section-all-movies"), {
    required: false,
    extra: [...extra, ...around, streams],
  });
  expect(problems).toEqual([]);
});

test.each([
  ["/", "root.xml"],
  ["/library/sections", "sections.xml"],
])("%s is XML by default, its attributes in the captured order", async (path, name) => {
  const response = await samples.server.fetch(path);
  expect(response.headers.get("content-type")).toBe("text/xml;charset=utf-8");
  const parsed = parseMediaContainerXml(await response.text());
  if (!parsed.ok) throw new Error(parsed.error.message);
  const { root, container } = parsed.value;
  expect(compareShape({ [root]: container }, shape(name), { required: false })).toEqual([]);
});

test("the same in JSON has numbers and booleans where XML has only text", async () => {
  const { MediaContainer: root } = await json("/");
  expect(root).toMatchObject({ size: expect.any(Number), eventStream: true, ownerFeatures: expect.any(String) });
  const { MediaContainer: sections } = await json("/library/sections");
  expect(sections).toMatchObject({
    size: 3,
    allowSync: false,
    Directory: expect.arrayContaining([
      expect.objectContaining({
        key: "1",
        refreshing: false,
        hidden: 0,
        Location: [{ id: 1, path: expect.any(String) }],
      }),
    ]),
  });
});
