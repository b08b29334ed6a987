import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchAppend } from "./append.ts";
import type { BenchSuite } from "./report.ts";
import { benchScan } from "./scan.ts";

/** How fast what happens gets into the log. */
export const ingest: BenchSuite = {
  description: "appending to the event log beside bare inserts; scanning a generated library beside probes and a walk",
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), "reelay-bench-"));
    try {
      const append = await benchAppend(folder, options);
      const scan = await benchScan(folder, options);
      return { rows: [...append.rows, ...scan.rows], goals: [...append.goals, ...scan.goals] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
