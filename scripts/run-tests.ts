/**
 * `npm test`: brings what the tests need, runs vitest and ends with the line `N passed, N failed`. Arguments go to vitest.
 *
 *     node scripts/run-tests.ts [file…]
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
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

if (!ensureTestTools()) process.exit(1);
process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "reelay-test-report-"));
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], { stdio: "inherit" });
    const [code] = (await once(child, "exit")) as [number | null];
    const { passed, failed } = count(file);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    if (passed + failed === 0) process.stderr.write("No test ran.\n");
    return code === 0 && failed === 0 && passed > 0 ? 0 : (code ?? 1) || 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A file that failed before its first test counts as one failed test. A run that left no report has nothing to count. */
function count(file: string): { passed: number; failed: number } {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch (error) {
    process.stderr.write(`vitest left no report: ${(error as Error).message}\n`);
    return { passed: 0, failed: 0 };
  }
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
