/**
 * Runs Biome, which is installed on first use from a lockfile of its own (tools/biome).
 *
 *     node scripts/biome.ts check [--write] [path…]
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}tools/biome`;
const biome = `${folder}/node_modules/.bin/biome`;
// npm writes this file last: an older one is of another lockfile, or of an installation that was cut off.
const installed = `${folder}/node_modules/.package-lock.json`;

const isInstalled =
  existsSync(biome) &&
  existsSync(installed) &&
  statSync(installed).mtimeMs >= statSync(`${folder}/package-lock.json`).mtimeMs;
const ready = isInstalled || run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder) === 0;
process.exitCode = ready ? run(biome, process.argv.slice(2), root) : 1;

function run(command: string, args: readonly string[], cwd: string): number {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit", shell: process.platform === "win32" });
  if (error !== undefined) process.stderr.write(`${command} could not be started: ${error.message}\n`);
  return status ?? 1;
}
