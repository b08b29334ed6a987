import { dashboard } from "./dashboard.ts";
import { fanout } from "./fanout.ts";
import { ingest } from "./ingest.ts";
import { loop } from "./loop.ts";
import type { BenchSuite } from "./report.ts";
import { reports } from "./reports.ts";
import { sdk } from "./sdk.ts";
import { webhooks } from "./webhooks.ts";

/** By the names under which they are asked for, in the order in which all of them run. */
export const suites: Readonly<Record<string, BenchSuite>> = { fanout, ingest, webhooks, sdk, loop, reports, dashboard };
