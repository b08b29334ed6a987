import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  pageOf,
  parseParams,
  requireAdmin,
  searchParams,
  sendContainer,
  sendEmpty,
  sendLongContainer,
  tellPage,
  viewerOf,
} from "../http/index.ts";
import type { Row } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import { readEdit } from "./edit.ts";
import { holdsOthers, toListedMetadata, toMetadata } from "./metadata.ts";
import type { ItemType } from "./placement.ts";
import type { Sections } from "./queries.ts";
import { LIBRARY_IDENTIFIER, type LibraryRoutesOptions } from "./section-routes.ts";

const byIds = z.object({
  ids: z
    .string()
    .regex(/^\d{1,15}(?:,\d{1,15}){0,99}$/, "up to 100 ratingKeys, separated by commas")
    .transform((text) => text.split(",").map(Number)),
});
const recentTypes: readonly ItemType[] = ["movie", "season", "album"];

/** `/library/metadata` and what is below it. */
export const metadataRoutes: FastifyPluginCallback<LibraryRoutesOptions> = (app, { library, queries }, done) => {
  /** @throws REELAY_NOT_FOUND when none of the keys is one that the caller may see */
  const found = (request: FastifyRequest): Row[] => {
    const { ids } = parseParams(byIds, request);
    const rows = queries.items(ids, viewerOf(request));
    if (rows.length === 0) throw new ReelayError("REELAY_NOT_FOUND", `There is no item ${ids.join(", ")}.`);
    return rows;
  };
  const single = (request: FastifyRequest): Row => {
    const [row, ...more] = found(request);
    if (row === undefined || more.length > 0) {
      throw new ReelayError("REELAY_INVALID_PARAMETER", "Exactly one ratingKey is needed here.");
    }
    return row;
  };

  app.get("/library/metadata/:ids", (request, reply) => {
    const rows = found(request);
    return sendContainer(request, reply, {
      size: rows.length,
      allowSync: false,
      identifier: LIBRARY_IDENTIFIER,
      ...sectionOf(rows[0]),
      Metadata: rows.map((row) => toMetadata(row)),
    });
  });

  app.put("/library/metadata/:ids", async (request, reply) => {
    requireAdmin(request);
    const edit = readEdit(searchParams(request.raw));
    await library.editItems(
      found(request).map((row) => Number(row.id)),
      edit,
    );
    return sendEmpty(reply);
  });

  app.delete("/library/metadata/:ids", (request) => {
    requireAdmin(request);
    found(request);
    throw new ReelayError("REELAY_DELETION_DISABLED");
  });

  /** What lies below an item: right below it, or everything that can be played. */
  const listBelow = async (request: FastifyRequest, reply: FastifyReply, below: { where: string; orderBy: string }) => {
    const row = single(request);
    const page = pageOf(request);
    const { rows, totalSize } = await queries.list({
      where: below.where,
      params: [Number(row.id)],
      orderBy: below.orderBy,
      page,
      accountId: viewerOf(request).accountId,
    });
    return sendLongContainer(
      request,
      reply,
      {
        ...tellPage(reply, page, rows.length, totalSize),
        allowSync: false,
        identifier: LIBRARY_IDENTIFIER,
        key: String(row.id),
        ...sectionOf(row),
        ...(holdsOthers(row.type as ItemType) && row.parent_id === null ? { parentTitle: String(row.title) } : {}),
        title1: String(row.section_name),
        title2: String(row.title),
        viewGroup: String(rows[0]?.type ?? ""),
      },
      rows,
      toListedMetadata,
    );
  };
  app.get("/library/metadata/:ids/children", (request, reply) => {
    const byType =
      single(request).type === "artist" ? "i.year, i.title_sort" : "i.extra ->> 'disc', i.number, i.title_sort";
    return listBelow(request, reply, { where: "i.parent_id = ?", orderBy: byType });
  });
  app.get("/library/metadata/:ids/allLeaves", (request, reply) =>
    listBelow(request, reply, {
      where: "(i.root_id = ?1 OR i.parent_id = ?1) AND i.type IN ('episode', 'track')",
      orderBy: "p.year, p.number, p.title_sort, i.extra ->> 'disc', i.number, i.title_sort",
    }),
  );

  const refresh = async (request: FastifyRequest, reply: FastifyReply) => {
    const viewer = requireAdmin(request);
    const uuids: string[] = [];
    for (const row of found(request)) uuids.push(await library.refreshItem(Number(row.id), viewer.accountId));
    return sendEmpty(reply.header("x-plex-activity", uuids[0] ?? ""));
  };
  app.get("/library/metadata/:ids/refresh", { config: { changes: true } }, refresh);
  app.put("/library/metadata/:ids/refresh", refresh);
  app.post("/library/metadata/:ids/refresh", refresh);

  app.get("/library/recentlyAdded", async (request, reply) => {
    const page = pageOf(request);
    const { sections, accountId } = viewerOf(request);
    const { rows, totalSize } = await queries.list({
      where: `i.type IN (${recentTypes.map(() => "?").join(", ")}) AND ${among(sections)}`,
      params: recentTypes,
      orderBy: "i.added_at DESC",
      page: { ...page, size: Math.min(page.size, 500) },
      accountId,
    });
    return sendLongContainer(
      request,
      reply,
      {
        ...tellPage(reply, page, rows.length, totalSize),
        allowSync: false,
        identifier: LIBRARY_IDENTIFIER,
        mixedParents: true,
      },
      rows,
      toListedMetadata,
    );
  });
  done();
};

function among(sections: Sections): string {
  // Numbers of our own, never text from a request.
  return sections === "all" ? "1" : `i.section_id IN (${[...sections].map(Number).join(", ") || "NULL"})`;
}

function sectionOf(row: Row | undefined) {
  if (row === undefined) return {};
  return {
    librarySectionID: Number(row.section_id),
    librarySectionTitle: String(row.section_name),
    librarySectionUUID: String(row.section_uuid),
  };
}
