import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../support/index.ts";
import { AddressPolicy } from "./address-policy.ts";
import { LocalCarrier } from "./carrier.ts";
import {
  type Batch,
  jobsOf,
  type Kept,
  type KeptHook,
  type KeptText,
  putOutcome,
  type ThreadData,
} from "./carrier-wire.ts";
import type { Hook, Reach } from "./hook.ts";

const port = parentPort;
if (port === null) throw new Error("carrier-worker.ts runs as a worker thread");

const { agents } = workerData as ThreadData;
const kept = new Map<number, Kept>();
const reaches = new WeakMap<Hook, Reach>();
const carrier = new LocalCarrier({
  clock: systemClock,
  policy: new AddressPolicy(),
  reach: (hook) => reaches.get(hook) ?? "public",
  agents,
});
carrier.warm();
/** What came of attempts since the last message to the main thread. */
let outcomes: (string | number)[] = [];

function tell(id: number, outcome: Parameters<typeof putOutcome>[2]): void {
  // Those of one turn of the event loop together.
  if (outcomes.length === 0) setImmediate(flush);
  putOutcome(outcomes, id, outcome);
}

function flush(): void {
  const told = outcomes;
  outcomes = [];
  port?.postMessage(told);
}

port.on("message", (batch: Batch) => {
  for (const [id, value] of batch.kept) {
    kept.set(id, value);
    if ("reach" in value) reaches.set(value.hook, value.reach);
  }
  for (const [job, numbers] of jobsOf(batch.jobs)) {
    const { hook } = kept.get(job.hook) as KeptHook;
    const text = kept.get(job.text) as KeptText;
    const thumb = job.thumb === 0 ? undefined : (kept.get(job.thumb) as Uint8Array);
    void carrier.send({ hook, ...text, thumb, ...numbers }).then((outcome) => tell(job.id, outcome));
  }
  for (const id of batch.gone) kept.delete(id);
});
