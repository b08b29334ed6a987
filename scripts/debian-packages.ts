import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether such a program is installed. */
export function isThere(program: string): boolean {
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

/** Installs packages of Debian, without a question, where this process may: as root, with apt-get. Whoever needs them looks again. */
export function installFromDebian(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !isThere("apt-get")) return;
  process.stderr.write(`Installing ${packages.join(" ")} from Debian.\n`);
  aptGet("update");
  aptGet("install", "--yes", "--no-install-recommends", ...packages);
}

function aptGet(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Standard output is for results.
  spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", 2, 2], env });
}
