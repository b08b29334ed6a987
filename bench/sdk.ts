import type { BenchSuite } from "./report.ts";
import { benchParse } from "./sdk-parse.ts";
import { benchReconnect } from "./sdk-reconnect.ts";
import { benchSize } from "./sdk-size.ts";

/** What the SDK costs, and how soon it is back. */
export const sdk: BenchSuite = {
  description: "reading streams beside eventsource-parser, bundle sizes beside plexjs, reconnecting beside eventsource",
  async run(options) {
    const parts = [await benchParse(options), await benchSize(options), await benchReconnect(options)];
    return { rows: parts.flatMap(({ rows }) => rows), goals: parts.flatMap(({ goals }) => goals) };
  },
};
