import { benchAppend } from "./append.ts";
import type { BenchSuite } from "./report.ts";
import { benchScan } from "./scan.ts";
import { WorkFolder } from "./work-folder.ts";

const parts = { append: benchAppend, scan: benchScan };

/** How fast what happens gets into the log. */
export const ingest: BenchSuite = {
  description: "appending to the event log beside bare inserts; scanning a generated library beside probes and a walk",
  parts: Object.keys(parts),
  async run(options) {
    using folder = new WorkFolder("ingest");
    const results: Awaited<ReturnType<BenchSuite["run"]>>[] = [];
    for (const [name, part] of Object.entries(parts)) {
      if (options.only === undefined || options.only.includes(name)) results.push(await part(folder.path, options));
    }
    return { rows: results.flatMap(({ rows }) => rows), goals: results.flatMap(({ goals }) => goals) };
  },
};
