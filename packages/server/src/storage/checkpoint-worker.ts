import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const port = parentPort;
if (port === null) throw new Error("checkpoint-worker.ts runs as a worker thread");

const db = new DatabaseSync((workerData as { path: string }).path, { timeout: 0 });

/** Any message is a request; the answer says that it was done, or why not. */
port.on("message", () => {
  try {
    // PASSIVE waits for nobody and nobody waits for it: writing goes on meanwhile.
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    port.postMessage(undefined);
  } catch (error) {
    port.postMessage(error);
  }
});
