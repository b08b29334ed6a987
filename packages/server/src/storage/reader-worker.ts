import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { Row } from "./connection.ts";
import type { ReadReply, ReadRequest } from "./reader.ts";

const port = parentPort;
if (port === null) throw new Error("reader-worker.ts runs as a worker thread");

const db = new DatabaseSync((workerData as { path: string }).path, { readOnly: true, timeout: 5_000 });
let current: { readonly flag: Int32Array; readonly deadline: number } | undefined;

class Stopped extends Error {
  readonly timedOut: boolean;
  constructor(timedOut: boolean) {
    super(timedOut ? "out of time" : "cancelled");
    this.timedOut = timedOut;
  }
}

function checkLimits(): void {
  if (current === undefined) return;
  if (Atomics.load(current.flag, 0) !== 0) throw new Stopped(false);
  if (performance.now() > current.deadline) throw new Stopped(true);
}

let calls = 0;
db.function("reelay_alive", { deterministic: false }, () => {
  // The clock is looked at each 256 rows: the check must cost less than the row.
  if ((++calls & 255) === 0) checkLimits();
  return 1;
});

function answer(request: ReadRequest): ReadReply {
  current = { flag: new Int32Array(request.cancelled), deadline: performance.now() + request.timeoutMs };
  try {
    checkLimits();
    const rows: Row[] = [];
    if (request.maxRows <= 0) return { id: request.id, rows };
    const statement = db.prepare(request.sql);
    for (const row of statement.iterate(...(request.params as SQLInputValue[]))) {
      rows.push(row as Row);
      if (rows.length >= request.maxRows) break;
      if ((rows.length & 255) === 0) checkLimits();
    }
    return { id: request.id, rows };
  } catch (error) {
    const timedOut = error instanceof Stopped && error.timedOut;
    return {
      id: request.id,
      error: error instanceof Error ? error.message : String(error),
      timedOut,
      errcode: codeOf(error),
    };
  } finally {
    current = undefined;
  }
}

port.on("message", (request: ReadRequest) => port.postMessage(answer(request)));

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) : undefined;
}
