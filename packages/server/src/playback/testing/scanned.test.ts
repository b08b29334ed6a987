import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const repository = fileURLToPath(new URL("../../../../../", import.meta.url));

test("the scanned library goes with the tests that it was made for", async () => {
  const file = "packages/server/src/playback/bad-reports.test.ts";
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", file, "--testNamePattern=what cannot be meant"],
    { cwd: repository, env: { ...process.env, NO_COLOR: "1" } },
  );
  expect(stdout).toMatch(/Tests +1 passed/);
  // So the end of a run names what is still there.
  expect(stderr).not.toContain("Left in the folder");
});
