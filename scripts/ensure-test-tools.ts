/**
 * Brings what the tests need and npm does not have: nginx, openssl and Chromium, from Debian. Where it cannot, it says what to install.
 *
 *     node scripts/ensure-test-tools.ts
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** All of them have the name of their Debian package. */
const tools = ["nginx", "openssl", "chromium"];

/** Whether all is there in the end. */
export function ensureTestTools(): boolean {
  const missing = () => tools.filter((tool) => !isThere(tool));
  if (missing().length > 0 && process.getuid?.() === 0 && isThere("apt-get")) {
    process.stdout.write(`The tests need ${missing().join(" and ")}; installing from Debian.\n`);
    aptGet("update");
    aptGet("install", "--yes", "--no-install-recommends", ...missing());
  }
  const names = missing().join(" ");
  if (names === "") return true;
  process.stderr.write(
    `The tests need what is not installed: ${names}. Install it (on Debian and Ubuntu: sudo apt-get install ${names}; on macOS: brew install ${names}) and start again.\n`,
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
