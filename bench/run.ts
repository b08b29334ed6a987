import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { toPage } from "./performance.ts";
import { type BenchOptions, type BenchRow, type BenchSuite, type Goal, toReport } from "./report.ts";
import { forgetResults, savedResults, saveResult } from "./results.ts";
import { suites } from "./suites.ts";
import { toTables } from "./tables.ts";

const PAGE = fileURLToPath(new URL("../docs/reference/performance.md", import.meta.url));

const usage = `npm run bench -- <suite> [--only part,part] [--json] [--save] [--rounds 5] [--seconds 1] [--files 20000]
npm run bench -- all           every part that bench/results does not have yet, each kept there as with --save
npm run bench -- performance   docs/reference/performance.md, of what bench/results has
npm run bench -- forget        empties bench/results
npm run bench -- --list
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    files: { type: "string", default: "20000" },
    seconds: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    minutes: { type: "string", default: "30" },
    only: { type: "string" },
  },
});

const say = (text: string) => void process.stderr.write(`${text}\n`);
const [command = "", ...rest] = positionals;

// What the suites made is removed, and what they started ends, when this process exits, however it comes to that.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
setTimeout(
  () => {
    say(`not done after ${values.minutes} minutes: given up`);
    process.exit(1);
  },
  atLeast("minutes", values.minutes, 0.1) * 60_000,
).unref();

if (values.list) list();
else if (rest.length > 0) refuse();
else if (command === "performance") writeFileSync(PAGE, toPage(savedResults()));
else if (command === "forget") forgetResults();
else if (command === "all") await runAll();
else await runSuite();

function list(): void {
  for (const [name, { description, parts }] of Object.entries(suites)) {
    process.stdout.write(`${name}: ${description}; parts: ${parts.join(", ")}\n`);
  }
}

function refuse(): void {
  process.stderr.write(`${usage}Suites: ${Object.keys(suites).join(", ")}\n`);
  process.exitCode = 2;
}

async function runAll(): Promise<void> {
  const kept = new Set(savedResults().map(({ suite, part }) => `${suite} ${part}`));
  for (const [name, suite] of Object.entries(suites)) {
    for (const part of suite.parts) {
      if (kept.has(`${name} ${part}`)) say(`${name} ${part}: kept already`);
      else await runPart(name, suite, part, true);
    }
  }
}

async function runSuite(): Promise<void> {
  const suite = suites[command];
  if (suite === undefined) return refuse();
  const only = values.only?.split(",") ?? suite.parts;
  const unknown = only.filter((part) => !suite.parts.includes(part));
  if (unknown.length > 0) {
    throw new RangeError(`${command} has the parts ${suite.parts.join(", ")}, not «${unknown.join(", ")}»`);
  }
  const rows: BenchRow[] = [];
  const goals: Goal[] = [];
  for (const part of only) {
    const result = await runPart(command, suite, part, values.save);
    rows.push(...result.rows);
    goals.push(...result.goals);
  }
  const report = toReport(rows, goals);
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${toTables(report)}\n`);
}

async function runPart(name: string, suite: BenchSuite, part: string, save: boolean): ReturnType<BenchSuite["run"]> {
  const at = new Date().toISOString();
  const began = performance.now();
  const options: BenchOptions = {
    files: atLeast("files", values.files, 100),
    seconds: atLeast("seconds", values.seconds, 0.05),
    rounds: atLeast("rounds", values.rounds, 1),
    only: [part],
    say,
  };
  const result = await suite.run(options);
  const took = Math.round((performance.now() - began) / 1_000);
  say(`${name} ${part}: ${took} s`);
  if (save) saveResult({ suite: name, part, at, took, ...toReport(result.rows, result.goals) });
  return result;
}

function atLeast(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= least) return number;
  throw new RangeError(`--${name} is a number of at least ${least}, not «${text}»`);
}
