import { z } from "zod";

/** An event of the log, as the stream `/api/v1/events` tells it and the history lists it. */
export const eventView = z.object({
  id: z.string().describe("UUIDv7, the same for ever."),
  position: z.string().describe("Its place in the log, opaque."),
  type: z.string(),
  origin: z.string().describe("Machine identifier of the server that it happened on."),
  time: z.int().describe("Of its cause, epoch milliseconds."),
  subject: z.string().describe("What it is about: `item:42`, `activity:<uuid>`."),
  facts: z.looseObject({}),
  notification: z.looseObject({}).nullable().describe("The document that clients of Plex are told."),
});

export type EventView = z.output<typeof eventView>;
