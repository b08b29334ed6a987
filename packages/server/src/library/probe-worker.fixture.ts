import { runJob, serveProbes } from "./probe-serve.ts";

// The real worker, but for files whose name asks for trouble.
serveProbes((job) => {
  const path = Buffer.from(job.path).toString("latin1");
  if (path.includes("hang")) for (;;);
  if (path.includes("exit")) process.exit(7);
  if (path.includes("late")) return runJob(job).finally(() => setTimeout(() => process.exit(7), 20));
  if (path.includes("crash")) setImmediate(() => Promise.reject(new Error("thrown out of band")));
  return path.includes("crash") ? new Promise(() => undefined) : runJob(job);
});
