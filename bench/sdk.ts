import type { BenchSuite } from "./report.ts";
import { benchParse } from "./sdk-parse.ts";
import { benchReconnect } from "./sdk-reconnect.ts";
import { benchSize } from "./sdk-size.ts";

const parts = { parse: benchParse, size: benchSize, reconnect: benchReconnect };

/** What the SDK costs, and how soon it is back. */
export const sdk: BenchSuite = {
  description: "reading streams beside eventsource-parser, bundle sizes beside plexjs, reconnecting beside eventsource",
  parts: Object.keys(parts),
  async run(options) {
    const results: Awaited<ReturnType<BenchSuite["run"]>>[] = [];
    for (const [name, part] of Object.entries(parts)) {
      if (options.only === undefined || options.only.includes(name)) results.push(await part(options));
    }
    return { rows: results.flatMap(({ rows }) => rows), goals: results.flatMap(({ goals }) => goals) };
  },
};
