import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { ItemBook } from "../../support/facts.ts";
import { ReelayProcess, SAMPLES } from "../../support/reelay-process.ts";
import { itemsOf, sampleFiles } from "../../support/sample-library.ts";
import { problemsOfScan, splitScans } from "../../support/scan-rules.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../../support/wait.ts";
import { alertListener, oneEntryReader, secondTicker, singleFrameReader, type Twin } from "./twins.ts";

const twins = { singleFrameReader, secondTicker, alertListener, oneEntryReader };

test("the twins of clients that are not on npm live through quiet times, and read every notification", {
  timeout: 120_000,
}, async () => {
  await using folder = await temporaryFolder("twins");
  await using server = await ReelayProcess.start({ dataDir: folder.path });
  const running = new Map<string, Twin>();
  for (const [name, start] of Object.entries(twins)) {
    running.set(name, await start({ url: server.url, token: server.token }));
  }
  const all = [...running.values()];
  const complaints = () => [...running].flatMap(([name, twin]) => twin.complaints.map((text) => `${name}: ${text}`));

  // Longer than the patience of the first, with nothing to tell.
  await until(
    () => all.every(({ listener }) => listener.heartbeats >= 2 || listener.ended !== undefined),
    "two heartbeats",
    60_000,
  );
  expect(complaints()).toEqual([]);

  const query = new URLSearchParams({ name: "Films", type: "movie", location: join(SAMPLES, "Films") });
  await server.fetch(`/library/sections?${query}`, { method: "POST" });
  await Promise.all(all.map(({ listener }) => listener.scans(1)));
  const films = sampleFiles.filter(({ type }) => type === "movie");
  const expected = {
    section: "Films",
    created: itemsOf(films),
    statuses: films.filter(({ broken }) => broken).map(({ file }) => `${basename(file)} cannot be read`),
  };
  for (const [name, { listener }] of running) {
    const [scan = []] = splitScans(listener.told);
    expect(problemsOfScan(scan, expected, new ItemBook()), name).toEqual([]);
    expect(listener.ended, name).toBeUndefined();
  }
  expect(complaints()).toEqual([]);
  expect(running.get("singleFrameReader")?.pongs, "its PING comes back with its own payload").toEqual(["Hi?"]);

  await server.end("SIGTERM");
  await Promise.all(all.map(({ listener }) => listener.end()));
});
