import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "./reelay-process.ts";

export const DASHBOARD = join(REPOSITORY, "packages/dashboard/dist");

/** Builds the dashboard, unless that was done from the sources as they are. */
export async function builtDashboard(): Promise<void> {
  const script = join(REPOSITORY, "packages/dashboard/build.ts");
  await promisify(execFile)(process.execPath, ["-C", "source", script, "--if-stale"], { cwd: REPOSITORY });
}
