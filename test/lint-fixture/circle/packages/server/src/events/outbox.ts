import type { Log } from "./log.ts";

export const outbox: Log | undefined = undefined;
