import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { PersonFacts } from "../events/index.ts";
import { pageOf, parseQuery, requireAdmin, sendContainer, sendEmpty, tellPage, viewerOf } from "../http/index.ts";
import type { LibraryQueries } from "../library/index.ts";
import type { Database, Row } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import { type PlayedItem, readHistory } from "./history.ts";
import { sessionMetadata } from "./session-metadata.ts";
import type { Sessions } from "./sessions.ts";

export interface SessionRoutesOptions {
  readonly database: Database;
  readonly queries: LibraryQueries;
  readonly sessions: Sessions;
  readonly userOf: (accountId: number) => PersonFacts;
}

const terminating = z.object({
  sessionId: z.string().max(200).default(""),
  reason: z.string().max(1_000).default(""),
});
const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, "a whole number")
  .transform(Number);
/** `viewedAt>=5` is the parameter `viewedAt>` with the value 5, as in all of Plex's queries. */
const historyQuery = z.object({
  accountID: wholeNumber.optional(),
  librarySectionID: wholeNumber.optional(),
  metadataItemID: wholeNumber.optional(),
  "viewedAt>": wholeNumber.optional(),
  "viewedAt<": wholeNumber.optional(),
  sort: z
    .string()
    .regex(/^viewedAt(?::(?:asc|desc))?$/, "viewedAt, with :asc or :desc")
    .default("viewedAt:desc"),
});

/** `/status/sessions` and what is below it. */
export const sessionRoutes: FastifyPluginCallback<SessionRoutesOptions> = (app, options, done) => {
  const { database, queries, sessions, userOf } = options;

  app.get("/status/sessions", (request, reply) => {
    const viewer = requireAdmin(request);
    const live = sessions.list();
    return sendContainer(request, reply, {
      size: live.length,
      Metadata: live.map((session) => {
        const [row] = queries.items([session.about.item.itemId], viewer);
        return sessionMetadata(session, row, userOf(session.about.account.id));
      }),
    });
  });

  const terminate = async (request: FastifyRequest, reply: FastifyReply) => {
    requireAdmin(request);
    const { sessionId, reason } = parseQuery(terminating, request);
    if (sessionId === "") throw new ReelayError("REELAY_SESSION_ID_MISSING");
    if (!(await sessions.terminate(sessionId, reason))) {
      throw new ReelayError("REELAY_NOT_FOUND", "There is no session of this id.");
    }
    return sendEmpty(reply);
  };
  app.get("/status/sessions/terminate", { config: { changes: true } }, terminate);
  app.post("/status/sessions/terminate", terminate);

  app.get("/status/sessions/history/all", async (request, reply) => {
    const viewer = viewerOf(request);
    const { accountID, librarySectionID, metadataItemID, sort, ...times } = parseQuery(historyQuery, request);
    const page = pageOf(request);
    const { rows, totalSize } = await readHistory(database, {
      // What others have played is the owner's to know.
      accountId: viewer.admin ? accountID : viewer.accountId,
      sectionId: librarySectionID,
      itemId: metadataItemID,
      from: times["viewedAt>"],
      until: times["viewedAt<"],
      sections: viewer.sections,
      newestFirst: sort !== "viewedAt:asc" && sort !== "viewedAt",
      ...page,
    });
    return sendContainer(request, reply, {
      ...tellPage(reply, page, rows.length, totalSize),
      Metadata: rows.map(historyMetadata),
    });
  });
  done();
};

function historyMetadata(row: Row) {
  const item = JSON.parse(String(row.item)) as PlayedItem;
  const { title, type, parentTitle, grandparentTitle, index, parentIndex, originallyAvailableAt } = item;
  const hasRoot = row.root_id !== null && row.root_id !== row.parent_id;
  // Items that are gone have none.
  const thumb = (id: unknown, at: unknown) =>
    at === null || at === undefined ? undefined : `/library/metadata/${id}/thumb/${at}`;
  const parentThumb = thumb(row.parent_id, row.parent_updated_at);
  return {
    historyKey: `/status/sessions/history/${row.id}`,
    key: `/library/metadata/${row.item_id}`,
    ratingKey: String(row.item_id),
    librarySectionID: String(row.section_id),
    parentKey: row.parent_id === null ? undefined : `/library/metadata/${row.parent_id}`,
    grandparentKey: hasRoot ? `/library/metadata/${row.root_id}` : undefined,
    title,
    parentTitle,
    grandparentTitle,
    type,
    thumb: type === "track" ? parentThumb : thumb(row.item_id, row.updated_at),
    parentThumb,
    grandparentThumb: hasRoot ? thumb(row.root_id, row.root_updated_at) : undefined,
    index,
    parentIndex,
    originallyAvailableAt,
    viewedAt: Number(row.viewed_at),
    accountID: Number(row.account_id),
    deviceID: row.device_id === null || row.device_id === undefined ? undefined : Number(row.device_id),
  };
}
