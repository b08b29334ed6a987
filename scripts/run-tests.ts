/**
 * `npm test`: brings what the tests need, runs vitest and ends with the line `N passed, N failed`. Arguments go to vitest.
 *
 *     node scripts/run-tests.ts [file…]
 *
 * If one or two files fail, they run once more by themselves, and what passes then is listed as unsteady: a machine that
 * others use as well must not stop everybody's work, and nobody is to overlook what it found. An unsteady test is a defect
 * whose cause is to be found. The soak gives no second run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureTestTools } from "./ensure-test-tools.ts";

/** What is read of vitest's JSON report. */
interface Report {
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

/** More than these do not fail by chance. */
const MOST_UNSTEADY_FILES = 2;

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

if (!ensureTestTools()) process.exit(1);
process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args: readonly string[]): Promise<number> {
  const first = await runOnce(args);
  let { passed, failed } = countOf(first.files);
  let { code } = first;
  const broken = first.files.filter(({ status }) => status === "failed");
  if (broken.length > 0 && broken.length <= MOST_UNSTEADY_FILES && process.env.REELAY_SOAK_ROUNDS === undefined) {
    process.stdout.write(`Once more, by themselves: ${broken.map(({ name }) => name).join(", ")}\n`);
    const second = await runOnce(broken.map(({ name }) => name));
    const sound = countOf(first.files.filter((file) => !broken.includes(file)));
    const again = countOf(second.files);
    passed = sound.passed + again.passed;
    failed = again.failed;
    code = second.code;
    if (failed === 0 && code === 0)
      for (const test of broken.flatMap(failedTests)) process.stdout.write(`UNSTEADY ${test}\n`);
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (passed + failed === 0) process.stderr.write("No test ran.\n");
  return code === 0 && failed === 0 && passed > 0 ? 0 : code || 1;
}

async function runOnce(
  args: readonly string[],
): Promise<{ readonly code: number; readonly files: readonly FileResult[] }> {
  const folder = mkdtempSync(join(tmpdir(), "reelay-test-report-"));
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], { stdio: "inherit" });
    const [code] = (await once(child, "exit")) as [number | null];
    return { code: code ?? 1, files: readReport(file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A run that left no report has nothing to count. */
function readReport(file: string): readonly FileResult[] {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as Report).testResults;
  } catch (error) {
    process.stderr.write(`vitest left no report: ${(error as Error).message}\n`);
    return [];
  }
}

/** A file that failed before its first test counts as one failed test. */
function countOf(files: readonly FileResult[]): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of files) {
    passed += assertionResults.filter((test) => test.status === "passed").length;
    const here = assertionResults.filter((test) => test.status === "failed").length;
    failed += status === "failed" ? Math.max(here, 1) : here;
  }
  return { passed, failed };
}

function failedTests({ name, assertionResults }: FileResult): string[] {
  const failed = assertionResults.filter((test) => test.status === "failed").map((test) => `${name}: ${test.fullName}`);
  return failed.length > 0 ? failed : [name];
}
