import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * In a checkout nothing is built, and Node finds the packages' sources by a condition that `npx reelay` does not give: then
 * this process begins anew with it, and with the data folder of `npm start` and `npm run reelay`.
 */
export function startFromSources() {
  if (existsSync(fileURLToPath(import.meta.resolve("@reelay/protocol")))) return;
  const [entry, data] = ["./reelay.js", "../../../.data"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const args = ["-C", "source", entry, "--default-data", data, ...process.argv.slice(2)];
  if (process.platform !== "win32") process.execve(process.execPath, [process.execPath, ...args], process.env);
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}
