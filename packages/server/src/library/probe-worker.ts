import { serveProbes } from "./probe-serve.ts";

serveProbes();
