/**
 * Holds the code to the rooms and floors of docs/architecture.md, by the rules in .dependency-cruiser.ts.
 *
 *     node scripts/lint-floors.ts
 *
 * First it shows that the rules can fail: each folder in test/lint-fixture breaks one. And since a parser that is missing or silent makes
 * every rule pass, the files read must be the files on disk.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser";
import configuration from "../.dependency-cruiser.ts";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** Which rule a fixture breaks. */
const fixtures: Readonly<Record<string, string>> = {
  upward: "floor-1-imports-only-from-below",
  sideways: "floor-3-imports-only-from-below",
  circle: "no-circles",
  "past-a-door": "only-through-the-door",
  "past-a-package-door": "packages-only-through-the-door",
  "sdk-on-server": "server-is-nobodys-dependency",
  "impure-protocol": "protocol-imports-nothing",
  "room-without-floor": "every-room-has-a-floor",
  "test-at-run-time": "nothing-of-tests-at-run-time",
};

/** Where there is code of ours. */
const sources = ["packages", "scripts", "test", "bench"].filter((folder) => existsSync(folder));
const notSources = ["**/node_modules/**", "**/dist/**", "test/lint-fixture/**"];

const problems = [...(await selfTest()), ...(await checkCode())];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

async function selfTest(): Promise<string[]> {
  const onDisk = globSync("test/lint-fixture/*").map((path) => path.replace("test/lint-fixture/", ""));
  const problems = onDisk.filter((name) => !(name in fixtures)).map((name) => `fixture ${name}: breaks no known rule`);
  for (const [name, rule] of Object.entries(fixtures)) {
    const broken = (await read([`test/lint-fixture/${name}`])).summary.violations.map(
      (violation) => violation.rule.name,
    );
    if (!(broken.length === 1 && broken[0] === rule)) {
      problems.push(
        `fixture ${name}: must break ${rule} and nothing else, but broke ${broken.join(", ") || "nothing"}`,
      );
    }
  }
  return problems;
}

async function checkCode(): Promise<string[]> {
  const patterns = sources.map((folder) => `${folder}/**/*.{ts,tsx,js}`);
  const onDisk = globSync(patterns, { exclude: notSources });
  const { modules, summary } = await read(onDisk);
  const imports = new Map(modules.map(({ source, dependencies }) => [source, dependencies.length]));
  const missed = onDisk.filter((path) => (imports.get(path) ?? 0) === 0 && (!imports.has(path) || hasImport(path)));
  const problems = missed.map((path) => `${path}: was not read, so no rule was applied to it`);
  for (const { rule, from, to, cycle } of summary.violations) {
    const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(" → ");
    problems.push(`${from} → ${way}: ${rule.name}`);
  }
  process.stdout.write(
    `floors: ${Object.keys(fixtures).length} fixtures fail as they must, ${onDisk.length} files read, ${summary.violations.length} violations\n`,
  );
  return problems;
}

function hasImport(path: string): boolean {
  return /^(?:import|export)\s[^;]*\sfrom\s+"/m.test(readFileSync(path, "utf8"));
}

async function read(paths: string[]): Promise<ICruiseResult> {
  const { forbidden, options } = configuration;
  const { output } = await cruise(paths, { ...options, ruleSet: { forbidden }, validate: true } as ICruiseOptions);
  if (typeof output === "string") throw new Error("dependency-cruiser answered with text instead of a graph");
  return output;
}
