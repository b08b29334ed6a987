export type {
  SessionAccount,
  SessionItem,
  SessionMatch,
  SessionPlayer,
  SessionUpdate,
  SessionUpdateFields,
  WatchOptions,
} from "./sessions/types.ts";
export { type SessionWatch, watchSessions } from "./sessions/watch.ts";
export type { GapEvent } from "./stream/events.ts";
