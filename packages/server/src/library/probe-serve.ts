import { parentPort } from "node:worker_threads";
import { probeFile } from "./probe-file.ts";
import type { ProbeKind, ProbeOptions, ProbeResult } from "./probe-result.ts";

/** To a worker: probe this file. The answer is a `ProbeResult`; one file at a time. */
export interface ProbeJob {
  readonly path: string | Uint8Array;
  readonly kind: ProbeKind;
  readonly options: ProbeOptions;
}

/** Answers the jobs that arrive at this worker. */
export function serveProbes(probe: (job: ProbeJob) => Promise<ProbeResult> = runJob): void {
  if (!parentPort) throw new Error("serveProbes() runs in a worker thread.");
  const port = parentPort;
  port.on("message", async (job: ProbeJob) => {
    const result = await probe(job);
    const moved = result.picture?.bytes.buffer;
    port.postMessage(result, moved instanceof ArrayBuffer ? [moved] : []);
  });
}

export const runJob = ({ path, kind, options }: ProbeJob): Promise<ProbeResult> => probeFile(path, kind, options);
