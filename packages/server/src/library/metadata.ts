import type { MediaContainer } from "@reelay/protocol";
import type { Row } from "../storage/index.ts";
import { lockedFields } from "./fields.ts";
import { joinBytes, nameText } from "./file-name.ts";
import type { StoredMedia } from "./file-store.ts";
import type { ItemExtra, ItemType } from "./placement.ts";

/** An item as REST bodies and webhooks carry it; keys in the order of captured answers. */
export type Metadata = MediaContainer;

/**
 * Everything about items that {@link toMetadata} needs, with what an account has seen of them; ends before its WHERE.
 * @param accountId a number of our own, never text from a request
 * @param withFiles without them there is no `Media`
 */
export const itemColumns = (
  accountId: number,
  withFiles = true,
) => `i.*, p.title AS parent_title, p.number AS parent_number, p.year AS parent_year,
    p.thumb AS parent_thumb, p.updated_at AS parent_updated_at, r.title AS root_title, r.thumb AS root_thumb,
    r.updated_at AS root_updated_at, s.name AS section_name, s.uuid AS section_uuid, s.type AS section_type,
    CASE WHEN i.type IN ('show', 'season', 'artist', 'album') THEN (SELECT count(*) FROM items c
      WHERE c.parent_id = i.id AND c.deleted_at IS NULL) END AS child_count,
    CASE i.type WHEN 'show' THEN (SELECT count(*) FROM items c JOIN items g ON g.parent_id = c.id AND g.deleted_at IS NULL
        WHERE c.parent_id = i.id AND c.deleted_at IS NULL)
      WHEN 'season' THEN (SELECT count(*) FROM items c WHERE c.parent_id = i.id AND c.deleted_at IS NULL)
      WHEN 'album' THEN (SELECT count(*) FROM items c WHERE c.parent_id = i.id AND c.deleted_at IS NULL) END AS leaf_count,
    CASE i.type WHEN 'show' THEN (SELECT count(*) FROM items c ${seenBy(accountId)} WHERE c.root_id = i.id
        AND c.type = 'episode' AND c.deleted_at IS NULL)
      WHEN 'season' THEN (SELECT count(*) FROM items c ${seenBy(accountId)} WHERE c.parent_id = i.id AND c.deleted_at IS NULL)
      WHEN 'album' THEN (SELECT count(*) FROM items c ${seenBy(accountId)} WHERE c.parent_id = i.id AND c.deleted_at IS NULL)
      END AS viewed_leaf_count,
    v.view_offset, v.view_count, v.last_viewed_at, v.user_rating, v.last_rated_at,
    ${withFiles ? FILES : "NULL"} AS files
  FROM items i JOIN sections s ON s.id = i.section_id
  LEFT JOIN items p ON p.id = i.parent_id LEFT JOIN items r ON r.id = i.root_id
  LEFT JOIN views v ON v.item_id = i.id AND v.account_id = ${accountId}`;

const FILES = `CASE WHEN i.type IN ('movie', 'episode', 'track') THEN (SELECT json_group_array(json_object('id', f.id, 'size', f.size,
        'mtime', f.mtime, 'part', f.part, 'media', json(f.media), 'unavailable', f.unavailable_since,
        'root', l.path, 'folder', hex(d.path), 'name', hex(f.name)))
      FROM item_files x JOIN files f ON f.id = x.file_id AND f.deleted_at IS NULL
      JOIN folders d ON d.id = f.folder_id JOIN locations l ON l.id = d.location_id WHERE x.item_id = i.id) END`;

const seenBy = (accountId: number) =>
  `JOIN views w ON w.item_id = c.id AND w.account_id = ${accountId} AND w.view_count > 0`;

interface FileFacts {
  readonly id: number;
  readonly size: number;
  readonly mtime: number;
  readonly part: number;
  readonly media: StoredMedia | null;
  readonly unavailable: number | null;
  readonly root: string;
  readonly folder: string;
  readonly name: string;
}

/** One item as Plex writes it when it is asked for by its key. @param row of a query with {@link itemColumns} */
export function toMetadata(row: Row): Metadata {
  return metadata(row, true, row.view_offset);
}

/** The same with another place to go on from, ms. */
export function toMetadataAt(row: Row, viewOffset: Row[string] | undefined): Metadata {
  return metadata(row, true, viewOffset);
}

/** One item in a list: as captured lists have it, without the streams of its files. */
export function toListedMetadata(row: Row): Metadata {
  return metadata(row, false, row.view_offset);
}

function metadata(row: Row, withStreams: boolean, viewOffset: Row[string] | undefined): Metadata {
  const type = row.type as ItemType;
  const extra = JSON.parse(String(row.extra)) as ItemExtra;
  const files = row.files === null ? [] : (JSON.parse(String(row.files)) as FileFacts[]);
  const unavailable = files.length > 0 && files.every((file) => file.unavailable !== null);
  const hasRoot = row.root_id !== null && row.root_id !== row.parent_id;
  const above = (id: unknown) => `/library/metadata/${id}`;
  return present({
    ratingKey: String(row.id),
    key: holdsOthers(type) ? `/library/metadata/${row.id}/children` : `/library/metadata/${row.id}`,
    parentRatingKey: row.parent_id === null ? undefined : String(row.parent_id),
    grandparentRatingKey: hasRoot ? String(row.root_id) : undefined,
    guid: guid(row.id),
    parentGuid: row.parent_id === null ? undefined : guid(row.parent_id),
    grandparentGuid: hasRoot ? guid(row.root_id) : undefined,
    studio: extra.studio,
    type,
    title: row.title,
    titleSort: row.title_sort === row.title ? undefined : row.title_sort,
    grandparentKey: hasRoot ? above(row.root_id) : undefined,
    parentKey: row.parent_id === null ? undefined : above(row.parent_id),
    librarySectionTitle: row.section_name,
    librarySectionID: row.section_id,
    librarySectionKey: `/library/sections/${row.section_id}`,
    grandparentTitle: hasRoot ? row.root_title : undefined,
    parentTitle: row.parent_id === null ? undefined : row.parent_title,
    originalTitle: extra.originalTitle,
    editionTitle: extra.edition,
    contentRating: extra.contentRating,
    summary: extra.summary ?? "",
    index: row.number ?? undefined,
    // A track's disc stands where an episode's season does.
    parentIndex: type === "track" ? (extra.disc ?? 1) : type === "season" ? 1 : (row.parent_number ?? undefined),
    userRating: row.user_rating,
    viewOffset,
    viewCount: row.view_count === 0 ? undefined : row.view_count,
    lastRatedAt: row.last_rated_at,
    lastViewedAt: row.last_viewed_at,
    year: row.year ?? undefined,
    tagline: extra.tagline,
    parentYear: row.parent_year ?? undefined,
    thumb: type === "track" ? picture(row.parent_id, row.parent_updated_at) : picture(row.id, row.updated_at),
    // The backdrop is that of the whole: the show's, the artist's.
    art: row.root_id === null ? backdrop(row.id, row.updated_at) : backdrop(row.root_id, row.root_updated_at),
    parentThumb: picture(row.parent_id, row.parent_updated_at),
    grandparentThumb: hasRoot ? picture(row.root_id, row.root_updated_at) : undefined,
    grandparentArt: hasRoot ? backdrop(row.root_id, row.root_updated_at) : undefined,
    duration: row.duration ?? undefined,
    originallyAvailableAt: row.originally_available_at ?? undefined,
    leafCount: row.leaf_count ?? undefined,
    viewedLeafCount: row.viewed_leaf_count,
    childCount: row.child_count ?? undefined,
    addedAt: row.added_at,
    updatedAt: row.updated_at,
    // Plex marks what it cannot find, and did not remove, like this.
    deletedAt: unavailable ? files[0]?.unavailable : undefined,
    Media: files.length === 0 ? undefined : mediaOf(files, withStreams),
    Genre: extra.genres?.map((tag) => ({ tag })),
    Guid: extra.externalIds?.map((id) => ({ id })),
    Field: withStreams ? orNone(lockedFields(row).map((name) => ({ locked: true, name }))) : undefined,
  });
}

/** Where an item stands for itself, until an agent knows better: as Plex writes it for items without one. */
function guid(id: unknown): string {
  return `local://${id}`;
}

/** Every item has one: of those without a poster or cover it is drawn. Its address changes with the item. */
function picture(id: unknown, updatedAt: unknown): string | undefined {
  return id === null || id === undefined ? undefined : `/library/metadata/${id}/thumb/${updatedAt}`;
}

function backdrop(id: unknown, updatedAt: unknown): string {
  return `/library/metadata/${id}/art/${updatedAt}`;
}

export function holdsOthers(type: ItemType): boolean {
  return type === "show" || type === "season" || type === "artist" || type === "album";
}

/** The parts of a stacked film are one Media; every other file is one of its own. */
function mediaOf(files: readonly FileFacts[], withStreams: boolean): Metadata[] {
  const stacked = files.filter((file) => file.part > 0).sort((a, b) => a.part - b.part);
  const versions = files.filter((file) => file.part === 0).map((file) => [file]);
  return [...versions, ...(stacked.length > 0 ? [stacked] : [])].map((parts) => media(parts, withStreams));
}

function media(parts: readonly FileFacts[], withStreams: boolean): Metadata {
  const [first] = parts;
  const facts = first?.media ?? undefined;
  const durations = parts.map((part) => part.media?.durationMs ?? 0);
  return present({
    id: first?.id,
    duration: facts?.durationMs === undefined ? undefined : durations.reduce((sum, ms) => sum + ms, 0),
    bitrate: facts?.bitrateKbps,
    width: facts?.width,
    height: facts?.height,
    aspectRatio: facts?.aspectRatio,
    audioChannels: facts?.audioChannels,
    audioCodec: facts?.audioCodec,
    videoCodec: facts?.videoCodec,
    videoResolution: facts?.videoResolution,
    container: facts?.container,
    videoFrameRate: facts?.videoFrameRate,
    audioProfile: facts?.audioProfile,
    videoProfile: facts?.videoProfile,
    Part: parts.map((part) => partOf(part, withStreams)),
  });
}

function partOf(file: FileFacts, withStreams: boolean): Metadata {
  const path = joinBytes(Buffer.from(file.root), Buffer.from(file.folder, "hex"), Buffer.from(file.name, "hex"));
  const text = nameText(path);
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(text)?.[1] ?? "bin";
  return present({
    id: file.id,
    key: `/library/parts/${file.id}/${Math.floor(file.mtime / 1000)}/file.${extension}`,
    duration: file.media?.durationMs,
    file: text,
    size: file.size,
    audioProfile: file.media?.audioProfile,
    container: file.media?.container,
    videoProfile: file.media?.videoProfile,
    Stream: withStreams
      ? file.media?.streams.map((stream, index) => present({ id: file.id * 100 + index, ...stream }))
      : undefined,
  });
}

function orNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** Columns are text or numbers; what is missing is left out. */
function present(
  entries: Record<string, Row[string] | undefined | boolean | MediaContainer | readonly MediaContainer[]>,
): Metadata {
  const filled = Object.entries(entries).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(filled) as Metadata;
}
