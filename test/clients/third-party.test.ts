import { readFileSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareShape, type Shape } from "../shapes/shape.ts";
import { activityOf, ItemBook, itemFact } from "../support/facts.ts";
import { lastingPort } from "../support/lasting-port.ts";
import type { Listener } from "../support/listener.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { itemsOf, type SampleFile, sampleFiles, sampleSections } from "../support/sample-library.ts";
import { problemsOfScan, splitScans } from "../support/scan-rules.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { eventSource, thirdParties } from "../support/third-party.ts";

type SectionName = (typeof sampleSections)[number]["name"];

/** A server with no section yet, and every third-party client listening to it. */
class WatchedServer implements AsyncDisposable {
  readonly server: ReelayProcess;
  readonly media: string;
  readonly listeners: ReadonlyMap<string, Listener>;
  readonly #folder: TemporaryFolder;
  #scans = 0;

  private constructor(server: ReelayProcess, folder: TemporaryFolder, listeners: ReadonlyMap<string, Listener>) {
    this.server = server;
    this.#folder = folder;
    this.media = join(folder.path, "media");
    this.listeners = listeners;
  }

  static async start(): Promise<WatchedServer> {
    const folder = await temporaryFolder("clients");
    await mkdir(join(folder.path, "media"));
    const server = await ReelayProcess.start({ dataDir: folder.path });
    const listeners = Object.entries(thirdParties).map(
      async ([name, listen]) => [name, await listen({ url: server.url, token: server.token })] as const,
    );
    return new WatchedServer(server, folder, new Map(await Promise.all(listeners)));
  }

  /** Adds a section of the sample library as an app does, and waits until all clients have heard its first scan. @returns the scan's activity */
  async addSection(name: SectionName): Promise<string> {
    const type = sampleSections.find((section) => section.name === name)?.type ?? "";
    const location = join(this.media, name);
    await cp(join(SAMPLES, name), location, { recursive: true, preserveTimestamps: true });
    const query = new URLSearchParams({ name, type, location });
    const response = await this.server.fetch(`/library/sections?${query}`, { method: "POST" });
    expect(response.status).toBe(201);
    await this.nextScan();
    return response.headers.get("x-plex-activity") ?? "";
  }

  /** Waits until all clients have heard another scan. */
  async nextScan(): Promise<void> {
    this.#scans++;
    await Promise.all([...this.listeners.values()].map((listener) => listener.scans(this.#scans)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.listeners.values()].map((listener) => listener[Symbol.asyncDispose]()));
    await this.server[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

const filesIn = (name: SectionName): SampleFile[] => sampleFiles.filter(({ file }) => file.startsWith(`${name}/`));

/** Files, folders with files, and the folders above those, which each are one step of a scan at most. */
function stepsIn(name: SectionName): number {
  const paths = filesIn(name).map(({ file }) => file.split("/"));
  return new Set(paths.flatMap((path) => path.map((_, at) => path.slice(0, at + 1).join("/")))).size;
}

/** Known of servers that work through a queue of items; the captures are of single ones. */
const extra = ["queueSize"];

function shapeOfNotification(type: string): Shape {
  return JSON.parse(readFileSync(new URL(`../shapes/notification.${type}.json`, import.meta.url), "utf8"));
}

describe.concurrent("each third-party client is told, from what happens to the sample library,", () => {
  test("the first scan of its three sections", async () => {
    await using watched = await WatchedServer.start();
    const uuids: string[] = [];
    for (const { name } of sampleSections) uuids.push(await watched.addSection(name));
    for (const [client, { told }] of watched.listeners) {
      const scans = splitScans(told);
      expect(scans, client).toHaveLength(sampleSections.length);
      for (const [at, { name }] of sampleSections.entries()) {
        const scan = scans[at] ?? [];
        const broken = filesIn(name).filter((file) => file.broken);
        const expected = {
          section: name,
          created: itemsOf(filesIn(name)),
          statuses: broken.map(({ file }) => `${basename(file)} cannot be read`),
          steps: stepsIn(name),
        };
        expect(problemsOfScan(scan, expected, new ItemBook()), `${client}: ${name}`).toEqual([]);
        const [started] = scan;
        expect(started && activityOf(started).uuid, "the activity that the answer named").toBe(uuids[at]);
      }
      const shapes = told.flatMap(({ type, entry }) => compareShape(entry, shapeOfNotification(type), { extra }));
      expect([...new Set(shapes)], `${client}: in the shapes of captured notifications`).toEqual([]);
    }
  });

  test("a film that is added", async () => {
    await using watched = await WatchedServer.start();
    await watched.addSection("Films");
    const film = filesIn("Films").find(({ broken }) => !broken);
    await cp(join(SAMPLES, film?.file ?? ""), join(watched.media, "Films", "Ünï “q” 雨 & <b> (2024).mkv"));
    await watched.nextScan();
    for (const [client, { told }] of watched.listeners) {
      const [first = [], second = [], ...more] = splitScans(told);
      const expected = { section: "Films", created: ["movie Ünï “q” 雨 & <b>"], steps: stepsIn("Films") + 1 };
      expect(problemsOfScan(second, expected, new ItemBook().read(first)), client).toEqual([]);
      expect(more, client).toEqual([]);
    }
  });

  test("a season that is deleted, with its episodes and without its show", async () => {
    await using watched = await WatchedServer.start();
    await watched.addSection("Shows");
    await rm(join(watched.media, "Shows", "Tidewrack & Sons (2014)", "Season 02"), { recursive: true });
    await watched.nextScan();
    const gone = itemsOf(filesIn("Shows").filter(({ file }) => file.includes("/Season 02/")));
    const deleted = gone.filter((name) => !name.startsWith("show "));
    expect(deleted).toHaveLength(3);
    for (const [client, { told }] of watched.listeners) {
      const [first = [], second = []] = splitScans(told);
      const problems = problemsOfScan(second, { section: "Shows", deleted }, new ItemBook().read(first));
      expect(problems, client).toEqual([]);
    }
  });

  test("an artist of whom nothing is left, with the album and all tracks", async () => {
    await using watched = await WatchedServer.start();
    await watched.addSection("Music");
    await rm(join(watched.media, "Music", "Marisol Quandt"), { recursive: true });
    await watched.nextScan();
    const deleted = itemsOf(filesIn("Music").filter(({ artist }) => artist === "Marisol Quandt"));
    expect(deleted).toHaveLength(8);
    for (const [client, { told }] of watched.listeners) {
      const [first = [], second = []] = splitScans(told);
      const problems = problemsOfScan(second, { section: "Music", deleted }, new ItemBook().read(first));
      expect(problems, client).toEqual([]);
    }
  });

  test("a show that is renamed: nothing is new or gone, each item is settled once under its old key", async () => {
    await using watched = await WatchedServer.start();
    await watched.addSection("Shows");
    const shows = join(watched.media, "Shows");
    await rename(join(shows, "Tidewrack & Sons (2014)"), join(shows, "Driftwood & Daughters (2014)"));
    await watched.nextScan();
    const own = filesIn("Shows").filter(({ show }) => show === "Tidewrack & Sons");
    const updated = itemsOf(own.map((file) => ({ ...file, show: "Driftwood & Daughters" })));
    expect(updated).toHaveLength(8);
    for (const [client, { told }] of watched.listeners) {
      const [first = [], second = []] = splitScans(told);
      const oldName = new ItemBook().read(first);
      const keys = second.filter((one) => itemFact(one) !== undefined).map(({ entry }) => oldName.nameOf(entry.itemID));
      expect(keys.sort(), client).toEqual(itemsOf(own).sort());
      const problems = problemsOfScan(second, { section: "Shows", updated }, new ItemBook().read(told));
      expect(problems, client).toEqual([]);
    }
  });
});

test("eventsource comes back by itself after a restart and is told what it missed, once", async () => {
  await using folder = await temporaryFolder("eventsource");
  const films = join(folder.path, "Films");
  await cp(join(SAMPLES, "Films"), films, { recursive: true, preserveTimestamps: true });
  const options = {
    ...{ dataDir: join(folder.path, "data"), media: [films], token: "same-after-the-restart" },
    port: await lastingPort(),
  };
  await using first = await ReelayProcess.start(options);
  await using listener = await eventSource({ url: first.url, token: first.token, since: "earliest" });
  await listener.scans(1);
  expect(await first.end("SIGTERM")).toBe(0);

  const film = filesIn("Films").find(({ broken }) => !broken);
  await cp(join(SAMPLES, film?.file ?? ""), join(films, "Meanwhile (2024).mkv"), { preserveTimestamps: true });
  await using _second = await ReelayProcess.start(options);
  await listener.scans(2);
  const [before = [], after = [], ...more] = splitScans(listener.told);
  const expected = { section: "Films", created: ["movie Meanwhile"] };
  expect(problemsOfScan(after, expected, new ItemBook().read(before))).toEqual([]);
  expect(more).toEqual([]);
});
