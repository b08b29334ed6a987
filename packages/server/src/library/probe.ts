/** What a media file is, read from the file itself: by workers, so that neither a slow nor a broken file holds anything up. */
export type { Fingerprint } from "./fingerprint.ts";
export { ProbePool, ProbePoolClosed, type ProbePoolOptions } from "./probe-pool.ts";
export type {
  MediaFacts,
  ProbeError,
  ProbeErrorCode,
  ProbeKind,
  ProbeOptions,
  ProbeResult,
  StreamFacts,
} from "./probe-result.ts";
