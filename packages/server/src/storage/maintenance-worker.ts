import { closeSync, fsyncSync, openSync, renameSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { MaintenanceJob, MaintenanceReply } from "./maintenance.ts";

function check(path: string): string[] {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    return db
      .prepare("PRAGMA integrity_check(20)")
      .all()
      .map((row) => String(row.integrity_check))
      .filter((line) => line !== "ok");
  } finally {
    db.close();
  }
}

function copy(path: string, target: string): void {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    db.prepare("VACUUM INTO ?").run(target);
  } finally {
    db.close();
  }
}

function run(job: MaintenanceJob): MaintenanceReply {
  try {
    if (job.kind === "check") return { ok: true, bytes: 0, problems: check(job.path) };
    const draft = `${job.target}.part`;
    copy(job.path, draft);
    const problems = check(draft);
    if (problems.length > 0) return { ok: true, bytes: 0, problems };
    const file = openSync(draft, "r+");
    fsyncSync(file);
    closeSync(file);
    renameSync(draft, job.target);
    return { ok: true, bytes: statSync(job.target).size, problems: [] };
  } catch (error) {
    const errcode = error instanceof Error && "errcode" in error ? Number(error.errcode) : undefined;
    return { ok: false, message: error instanceof Error ? error.message : String(error), errcode };
  }
}

parentPort?.postMessage(run(workerData as MaintenanceJob));
