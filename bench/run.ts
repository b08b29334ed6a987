import { parseArgs } from "node:util";
import { fanout } from "./fanout.ts";
import { ingest } from "./ingest.ts";
import { loop } from "./loop.ts";
import { type BenchSuite, toReport, toTables } from "./report.ts";
import { reports } from "./reports.ts";
import { sdk } from "./sdk.ts";
import { webhooks } from "./webhooks.ts";

const suites: Readonly<Record<string, BenchSuite>> = { fanout, ingest, loop, reports, sdk, webhooks };

const usage = `npm run bench -- <suite> [--json] [--files 20000] [--seconds 1] [--rounds 7] [--only part,part]
npm run bench -- --list
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    files: { type: "string", default: "20000" },
    seconds: { type: "string", default: "1" },
    rounds: { type: "string", default: "7" },
    only: { type: "string" },
  },
});

const suite = suites[positionals[0] ?? ""];
if (values.list) {
  for (const [name, { description }] of Object.entries(suites)) process.stdout.write(`${name}: ${description}\n`);
} else if (suite === undefined || positionals.length > 1) {
  process.stderr.write(`${usage}Suites: ${Object.keys(suites).join(", ")}\n`);
  process.exitCode = 2;
} else {
  const { rows, goals } = await suite.run({
    files: atLeast("files", values.files, 100),
    seconds: atLeast("seconds", values.seconds, 0.05),
    rounds: atLeast("rounds", values.rounds, 1),
    ...(values.only === undefined ? {} : { only: values.only.split(",") }),
    say: (text) => process.stderr.write(`${text}\n`),
  });
  process.stdout.write(values.json ? `${JSON.stringify(toReport(rows, goals), null, 2)}\n` : toTables(rows, goals));
}

function atLeast(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= least) return number;
  throw new RangeError(`--${name} is a number of at least ${least}, not «${text}»`);
}
