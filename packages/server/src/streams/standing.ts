import type { Notification } from "@reelay/protocol";
import type { Audience } from "../events/index.ts";

/** What is told and is in no log; a standing one is told to every stream that opens, for as long as it holds. */
export interface Standing {
  readonly notification: Notification;
  readonly audience: Audience;
}
