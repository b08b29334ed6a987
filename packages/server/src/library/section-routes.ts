import { resolve } from "node:path";
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  pageOf,
  parseParams,
  parseQuery,
  requireAdmin,
  searchParams,
  sendContainer,
  sendEmpty,
  sendLongContainer,
  tellPage,
  viewerOf,
} from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { readEdit } from "./edit.ts";
import { metadataTypeOf } from "./item-store.ts";
import type { Library } from "./library.ts";
import { toListedMetadata } from "./metadata.ts";
import type { ItemType } from "./placement.ts";
import { type LibraryQueries, maySeeSection, type SortName, sortColumns } from "./queries.ts";
import type { ScanRequest } from "./scan.ts";
import { nameOfFolder, type Section } from "./section-store.ts";

export interface LibraryRoutesOptions {
  readonly library: Library;
  readonly queries: LibraryQueries;
}

export const LIBRARY_IDENTIFIER = "com.plexapp.plugins.library";

const byId = z.object({ id: z.coerce.number().int().positive() });
const sectionTypes = z.enum(["movie", "show", "artist"]);
const newSection = z.object({ name: z.string().trim().min(1).max(200).optional(), type: sectionTypes });
/** Clients name the type that they sort as well: `episode.addedAt:desc`. */
const sortTypes = Object.keys(metadataTypeOf).map((type) => `${type}\\.`);
const sortNames = Object.keys(sortColumns) as [SortName, ...SortName[]];
const listing = z.object({
  type: z.coerce.number().int().optional(),
  /** Only what has this in its title. */
  title: z.string().max(200).default(""),
  sort: z
    .string()
    .regex(
      new RegExp(`^(?:${sortTypes.join("|")})?(?:${sortNames.join("|")})(?::(?:asc|desc))?$`),
      `one of ${sortNames.join(", ")}, with :asc or :desc`,
    )
    .optional(),
});
const editing = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}(?:,\d{1,15}){0,99}$/, "up to 100 ratingKeys, separated by commas")
    .transform((text) => [...new Set(text.split(",").map(Number))]),
});
const refreshing = z.object({ path: z.string().min(1).optional(), force: z.enum(["0", "1"]).default("0") });

/** What a section lists when no type is asked for. */
const topType: Readonly<Record<Section["type"], ItemType>> = { movie: "movie", show: "show", artist: "artist" };

/** `/library/sections` and what is below it. */
export const sectionRoutes: FastifyPluginCallback<LibraryRoutesOptions> = (app, { library, queries }, done) => {
  const visible = (request: FastifyRequest): Section[] => {
    const { sections } = viewerOf(request);
    return library.sections.list().filter((section) => maySeeSection(sections, section.id));
  };
  const one = (request: FastifyRequest): Section => {
    const { id } = parseParams(byId, request);
    const section = visible(request).find((candidate) => candidate.id === id);
    if (section === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no section ${id}.`);
    return section;
  };
  const listSections = (request: FastifyRequest, reply: FastifyReply, sections: readonly Section[]) =>
    sendContainer(request, reply, {
      size: sections.length,
      allowSync: false,
      identifier: LIBRARY_IDENTIFIER,
      title1: "Plex Library",
      Directory: sections.map((section) => toDirectory(section, library.isScanning(section.id))),
    });

  app.get("/library", (request, reply) =>
    sendContainer(request, reply, {
      size: 3,
      allowSync: false,
      identifier: LIBRARY_IDENTIFIER,
      title1: "Plex Library",
      title2: "",
      Directory: [
        { key: "sections", title: "Library Sections" },
        { key: "recentlyAdded", title: "Recently Added Content" },
        { key: "onDeck", title: "On Deck Content" },
      ],
    }),
  );

  for (const path of ["/library/sections", "/library/sections/all"]) {
    app.get(path, (request, reply) => listSections(request, reply, visible(request)));
  }

  app.post("/library/sections", async (request, reply) => {
    requireAdmin(request);
    const { type, name } = parseQuery(newSection, request);
    const query = searchParams(request.raw);
    const paths = [...query.getAll("location"), ...query.getAll("location[]")].filter((path) => path !== "");
    const [first] = paths;
    if (first === undefined) throw new ReelayError("REELAY_INVALID_PARAMETER", "location: the folder is missing.");
    const section = await library.addSection({
      type,
      name: name ?? nameOfFolder(first),
      paths: paths.map((path) => resolve(path)),
    });
    const { uuid } = library.scan(section.id, {});
    return listSections(request, reply.code(201).header("x-plex-activity", uuid), [section]);
  });

  app.get("/library/sections/:id", (request, reply) => {
    const section = one(request);
    return listSections(request, reply, [section]);
  });

  app.delete("/library/sections/:id", async (request, reply) => {
    requireAdmin(request);
    await library.removeSection(parseParams(byId, request).id);
    return sendEmpty(reply);
  });

  const listItems = async (request: FastifyRequest, reply: FastifyReply, only?: ItemType) => {
    const section = one(request);
    const { type, sort, title } = parseQuery(listing, request);
    const itemType = only ?? (type === undefined ? topType[section.type] : typeOf(type));
    const page = pageOf(request);
    const { rows, totalSize } = await queries.list({
      where: `i.section_id = ? AND i.type = ?${title === "" ? "" : ` AND i.title LIKE ? ESCAPE '\\'`}`,
      params: [section.id, itemType, ...(title === "" ? [] : [`%${title.replace(/[\\%_]/g, "\\$&")}%`])],
      orderBy: orderBy(sort ?? "titleSort"),
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
        librarySectionID: section.id,
        librarySectionTitle: section.name,
        librarySectionUUID: section.uuid,
        title1: section.name,
        title2: `All ${section.name}`,
        viewGroup: itemType,
      },
      rows,
      toListedMetadata,
    );
  };
  app.get("/library/sections/:id/all", (request, reply) => listItems(request, reply));
  // The way in which python-plexapi and @ctrl/plex edit; `type` comes with it and is known from the item.
  app.put("/library/sections/:id/all", async (request, reply) => {
    requireAdmin(request);
    const section = one(request);
    const { id } = parseQuery(editing, request);
    const edit = readEdit(searchParams(request.raw));
    const inSection = queries.items(id, viewerOf(request)).filter((row) => row.section_id === section.id);
    if (inSection.length < id.length) {
      throw new ReelayError("REELAY_NOT_FOUND", `Section ${section.id} does not have the items ${id.join(", ")}.`);
    }
    await library.editItems(id, edit);
    return sendEmpty(reply);
  });
  app.get("/library/sections/:id/albums", (request, reply) => listItems(request, reply, "album"));

  const refresh = (request: FastifyRequest, reply: FastifyReply) => {
    const viewer = requireAdmin(request);
    const section = one(request);
    const asked = scanRequest(request, [section], viewer.accountId);
    const { uuid } = library.scan(section.id, asked);
    return sendEmpty(reply.header("x-plex-activity", uuid));
  };
  app.get("/library/sections/:id/refresh", { config: { changes: true } }, refresh);
  app.post("/library/sections/:id/refresh", refresh);
  app.delete("/library/sections/:id/refresh", async (request, reply) => {
    requireAdmin(request);
    await library.cancelScans(one(request).id);
    return sendEmpty(reply);
  });

  const refreshAll = (request: FastifyRequest, reply: FastifyReply) => {
    const viewer = requireAdmin(request);
    const { force } = parseQuery(refreshing, request);
    const asked = { force: force === "1", accountId: viewer.accountId };
    const uuids = library.sections.list().map((section) => library.scan(section.id, asked).uuid);
    return sendEmpty(uuids.length === 0 ? reply : reply.header("x-plex-activity", uuids[0]));
  };
  app.get("/library/sections/all/refresh", { config: { changes: true } }, refreshAll);
  app.post("/library/sections/all/refresh", refreshAll);
  done();
};

function scanRequest(request: FastifyRequest, sections: readonly Section[], accountId: number): ScanRequest {
  const { path, force } = parseQuery(refreshing, request);
  const common = { force: force === "1", accountId };
  if (path === undefined) return common;
  const folder = resolve(path);
  const within = sections.some((section) =>
    section.locations.some((location) => folder === location.path || folder.startsWith(`${location.path}/`)),
  );
  if (!within) throw new ReelayError("REELAY_INVALID_PARAMETER", "path: must be a folder inside the section.");
  return { ...common, folders: [Buffer.from(folder)] };
}

function typeOf(number: number): ItemType {
  const found = (Object.entries(metadataTypeOf) as [ItemType, number][]).find(([, value]) => value === number);
  if (found !== undefined) return found[0];
  const known = Object.entries(metadataTypeOf).map(([name, value]) => `${value} (${name})`);
  throw new ReelayError("REELAY_INVALID_PARAMETER", `type: one of ${known.join(", ")}.`);
}

function orderBy(sort: string): string {
  const [name, direction = "asc"] = sort.slice(sort.indexOf(".") + 1).split(":");
  return `${sortColumns[name as SortName]} ${direction === "desc" ? "DESC" : "ASC"}`;
}

const scanners = {
  movie: "Reelay Movie Scanner",
  show: "Reelay Series Scanner",
  artist: "Reelay Music Scanner",
} as const;

function toDirectory(section: Section, refreshing: boolean) {
  return {
    allowSync: false,
    filters: true,
    refreshing,
    key: String(section.id),
    type: section.type,
    title: section.name,
    agent: "org.reelay.agents.files",
    scanner: scanners[section.type],
    language: "xn",
    uuid: section.uuid,
    updatedAt: section.updatedAt,
    createdAt: section.createdAt,
    ...(section.scannedAt === null ? {} : { scannedAt: section.scannedAt }),
    content: true,
    directory: true,
    contentChangedAt: section.contentChangedAt,
    hidden: 0,
    Location: section.locations.map(({ id, path }) => ({ id, path })),
  };
}
