import { parentPort } from "node:worker_threads";
import type { Batch } from "../carrier-wire.ts";
import "../carrier-worker.ts";

/** As the real one, until it is to send what begins with `msg_end`: then it is gone, in the middle of everything. */
parentPort?.on("message", ({ jobs }: Batch) => {
  if (jobs.some((value) => String(value).startsWith("msg_end"))) process.exit(1);
});
