/**
 * Brings what the tests need and npm does not have: nginx, from Debian. Where it cannot, it says what to install.
 *
 *     node scripts/ensure-test-tools.ts
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether all is there in the end. */
export function ensureTestTools(): boolean {
  if (isThere("nginx")) return true;
  if (process.getuid?.() === 0 && isThere("apt-get")) {
    process.stdout.write("The tests need nginx; installing it from Debian.\n");
    aptGet("update");
    aptGet("install", "--yes", "--no-install-recommends", "nginx");
    if (isThere("nginx")) return true;
  }
  process.stderr.write(
    "The tests need nginx, and it is not installed. Install it (on Debian and Ubuntu: sudo apt-get install nginx; on macOS: brew install nginx) and start again.\n",
  );
  return false;
}

function isThere(program: string): boolean {
  // Debian keeps servers where only root's PATH looks.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function aptGet(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "inherit", "inherit"], env });
}

if (import.meta.main && !ensureTestTools()) process.exitCode = 1;
