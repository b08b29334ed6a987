import { rm } from "node:fs/promises";
import { Worker } from "node:worker_threads";

export type MaintenanceJob =
  | { readonly kind: "backup"; readonly path: string; readonly target: string }
  | { readonly kind: "check"; readonly path: string };

export type MaintenanceReply =
  | { readonly ok: true; readonly bytes: number; readonly problems: readonly string[] }
  | { readonly ok: false; readonly message: string; readonly errcode: number | undefined };

export interface Backup {
  /** Of the file, in bytes. */
  readonly bytes: number;
}

/**
 * Writes a copy of the database as it is at one moment, proved by SQLite's integrity check, while it goes on being used.
 * `VACUUM INTO` in a worker: the event loop stays free, and a copy that is not whole never gets the target's name.
 * @throws when the disk is full, the check finds something, or the signal aborts; nothing is left behind then
 */
export async function backUp(path: string, target: string, signal: AbortSignal): Promise<Backup> {
  const draft = `${target}.part`;
  await rm(draft, { force: true });
  try {
    const { bytes, problems } = await run({ kind: "backup", path, target }, signal);
    if (problems.length > 0) throw new DatabaseDamaged(problems);
    return { bytes };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** What SQLite's integrity check finds: an empty list, or up to 20 problems. It does not see wrong values in whole pages. */
export async function checkIntegrity(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { problems } = await run({ kind: "check", path }, signal);
  return problems;
}

export class DatabaseDamaged extends Error {
  override readonly name = "DatabaseDamaged";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the database is damaged: ${problems[0] ?? "unknown"}`);
    this.problems = problems;
  }
}

function run(job: MaintenanceJob, signal: AbortSignal): Promise<Extract<MaintenanceReply, { ok: true }>> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./maintenance-worker.ts", import.meta.url), { workerData: job });
    const cancel = () => void worker.terminate().then(() => reject(signal.reason));
    signal.addEventListener("abort", cancel, { once: true });
    worker.once("message", (reply: MaintenanceReply) => {
      if (reply.ok) resolve(reply);
      else if (reply.errcode !== undefined && damaged.has(reply.errcode & 0xff)) {
        reject(new DatabaseDamaged([reply.message]));
      } else reject(new Error(reply.message));
    });
    worker.once("error", reject);
    worker.once("exit", () => {
      signal.removeEventListener("abort", cancel);
      reject(new Error("the maintenance worker ended without an answer"));
    });
  });
}

/** CORRUPT and NOTADB. */
const damaged: ReadonlySet<number> = new Set([11, 26]);
