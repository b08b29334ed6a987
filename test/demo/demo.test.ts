import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

/** Five times what it takes at most on a quiet machine. */
const LIMIT_SECONDS = 300;

interface Demo {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

function demo(tmp: string, limitSeconds: number): Demo {
  const args = ["-C", "source", join(REPOSITORY, "scripts/demo/demo.ts"), "--limit", String(limitSeconds)];
  const child = spawn(process.execPath, args, { cwd: tmp, env: { ...process.env, TMPDIR: tmp } });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  return { child, output: () => text, exitCode: once(child, "close").then(([code]) => code) };
}

/** The server's process, once it runs. */
function serverIn(tmp: string): number | undefined {
  for (const folder of readdirSync(tmp)) {
    const file = join(tmp, folder, "data", "server.json");
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")).pid;
  }
  return undefined;
}

test(
  "everything holds, and nothing is left",
  async () => {
    await using tmp = await temporaryFolder("demo-test");
    const { output, exitCode } = demo(tmp.path, LIMIT_SECONDS);
    expect(await exitCode, output()).toBe(0);
    expect(output().trimEnd().split("\n").at(-1)).toMatch(
      /^told ([1-9]\d*), received \1, lost 0, twice 0, p99 \d+ ms$/,
    );
    const steps = (text: string) => text.match(/^\d\. .*$/gm);
    expect(steps(readFileSync(join(REPOSITORY, "README.md"), "utf8"))).toEqual(steps(output()));
    // Colours are for terminals.
    expect(output()).not.toContain("\u001b");
    expect(readdirSync(tmp.path)).toEqual([]);
  },
  (LIMIT_SECONDS + 30) * 1000,
);

test("Ctrl-C ends it, and nothing is left", async () => {
  await using tmp = await temporaryFolder("demo-test");
  const { child, output, exitCode } = demo(tmp.path, LIMIT_SECONDS);
  await until(() => serverIn(tmp.path) !== undefined, "its server to run");
  const server = serverIn(tmp.path) ?? 0;
  child.kill("SIGINT");
  expect(await exitCode, output()).toBe(130);
  expect(() => process.kill(server, 0)).toThrow("ESRCH");
  expect(readdirSync(tmp.path)).toEqual([]);
});

test("it ends when its time is over, and says so", async () => {
  await using tmp = await temporaryFolder("demo-test");
  const { output, exitCode } = demo(tmp.path, 1);
  expect(await exitCode).toBe(1);
  expect(output()).toContain("✗ The demo did not hold: it had 1 s");
  expect(readdirSync(tmp.path)).toEqual([]);
});
