import { keepBusy } from "../test/support/busy/busy-server.ts";
import { makeMediaTree } from "./media-tree.ts";
import type { BenchRow, BenchSuite } from "./report.ts";
import { WorkFolder } from "./work-folder.ts";

/** In the log before, of which all but a thousand are pruned. */
const EVENTS = 500_000;

/** How free the event loop stays while everything that takes long is done at once. */
export const loop: BenchSuite = {
  description: "delay of the event loop while scan, prune, backups, checks and history queries run under a live stream",
  parts: ["loop"],
  async run({ files, seconds, say }) {
    using folder = new WorkFolder("loop");
    say(`loop: a library of ${files} files, a log of ${EVENTS} events`);
    const tree = makeMediaTree(folder.path, files);
    const busy = await keepBusy([tree.shows, tree.music], EVENTS, seconds);
    const settings = `${busy.scans} scans of ${files} files in two sections, ${busy.pruned} events pruned, ${busy.backups} backups, ${busy.checks} checks, ${busy.histories} history queries in ${Math.round(busy.seconds)} s`;
    const row = (name: string, value: number): BenchRow => {
      return { name, unit: "ms", median: value, lowest: value, highest: value, rounds: 1, settings };
    };
    const rows = [
      row("event loop delay, p50", busy.p50),
      row("event loop delay, p99", busy.p99),
      row("event loop delay, max", busy.max),
      row("a change, from its request to the stream, slowest", busy.slowestChangeMs),
    ];
    return { rows, goals: [{ ratio: "loop: event loop delay, p99 / 50 ms", value: busy.p99 / 50, atMost: 1 }] };
  },
};
