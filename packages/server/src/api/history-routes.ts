import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute } from "../http/index.ts";
import { eventTypesOf } from "../streams/index.ts";
import { eventView } from "./event-view.ts";
import type { History } from "./history.ts";

const id = z.coerce.number().int().positive();

const moment = z.coerce.number().int().min(0).max(8.64e15);

const query = z.object({
  before: z.string().max(128).optional().describe("A position: what is older. From `next` of the page before."),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  type: z.string().max(2_000).optional().describe("Names separated by commas: `item.created`, `session.*`."),
  account: id.optional().describe("What this account did, or what is only for it."),
  section: id.optional(),
  item: id.optional().describe("A ratingKey; of a show or an artist also what is about its children."),
  since: moment.optional().describe("What happened from then on, epoch milliseconds."),
  until: moment.optional().describe("What happened before then, epoch milliseconds."),
  q: z.string().min(1).max(200).optional().describe("Text in any value of the facts."),
});

/** `/api/v1/events/history`: what the caller may see of what happened, newest first. */
export const historyRoutes: FastifyPluginCallback<{ readonly history: History }> = (app, { history }, done) => {
  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/events/history",
      summary: "What happened, newest first",
      tag: "events",
      access: "account",
      query,
      answer: z.object({
        events: z.array(eventView),
        next: z.string().nullable().describe("`before` of the next page."),
      }),
      errors: ["REELAY_QUERY_TOO_LONG"],
    },
    async ({ viewer, query: { limit, type, ...filter }, reply }) => {
      const gone = new AbortController();
      // A caller that has gone away needs no answer; the next one waits for the worker.
      reply.raw.once("close", () => gone.abort());
      const types = type === undefined ? undefined : eventTypesOf(type);
      const { events, next } = await history.page({ ...filter, types }, viewer, limit, gone.signal);
      return { events: [...events], next: next ?? null };
    },
  );
  done();
};
