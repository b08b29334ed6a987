import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crowd } from "./fanout/crowd.ts";
import { growth } from "./fanout/growth.ts";
import { idle } from "./fanout/idle.ts";
import { loaded } from "./fanout/loaded.ts";
import type { Part } from "./fanout/parts.ts";
import { spaced } from "./fanout/spaced.ts";
import { start } from "./fanout/start.ts";
import { storm } from "./fanout/storm.ts";
import { stuck } from "./fanout/stuck.ts";
import { bringTools } from "./fanout/tools.ts";
import type { BenchRow, BenchSuite, Goal } from "./report.ts";
import { WorkFolder } from "./work-folder.ts";

const parts: readonly Part[] = [loaded, spaced, crowd, idle, stuck, storm, growth, start];
const native = fileURLToPath(new URL("fanout/native/", import.meta.url));

/** How fast what happens reaches everybody. */
export const fanout: BenchSuite = {
  description: "streams beside a C floor and what else there is",
  parts: parts.map(({ name }) => name),
  async run(options) {
    const chosen = parts.filter(({ name }) => options.only === undefined || options.only.includes(name));
    using folder = new WorkFolder("fanout");
    const rows: BenchRow[] = [];
    const goals: Goal[] = [];
    bringTools(options.say);
    build(folder.path);
    for (const part of chosen) {
      const result = await part.run({ ...options, work: folder.path });
      rows.push(...result.rows);
      goals.push(...result.goals);
    }
    return { rows, goals };
  },
};

/** The load client and the floor are in C: a client in the server's own language would be what is measured. */
export function build(work: string): void {
  for (const name of ["client", "floor"]) {
    const { status, error } = spawnSync("gcc", ["-O2", "-o", join(work, name), join(native, `${name}.c`)], {
      stdio: ["ignore", 2, 2],
    });
    if (status !== 0)
      throw new Error(`gcc is needed to build ${name}.c: ${error?.message ?? `it ended with ${status}`}`);
  }
}
