import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Whatever a run makes in the folder for temporary files is below one of its own, and goes with it: also what a process that was killed,
 * a browser or a test that was cut off could not remove. What is there at the end is named, as its test ought to have removed it.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "reelay-run-"));
  // As the one above it: some tests look at files as another user.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => {
    const left = readdirSync(folder);
    if (left.length > 0) process.stderr.write(`Left in the folder for temporary files: ${left.join(", ")}\n`);
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    } catch (error) {
      // A browser that is still about to end writes on: that is no failure of a test.
      process.stderr.write(`${folder} stays: ${String(error)}\n`);
    }
  };
}
