import { outbox } from "./outbox.ts";

export interface Log {
  readonly of: typeof outbox;
}
