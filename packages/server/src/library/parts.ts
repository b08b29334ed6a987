import { type FileHandle, open } from "node:fs/promises";
import type { Database } from "../storage/index.ts";
import { joinBytes } from "./file-name.ts";
import { maySeeSection, type Sections } from "./queries.ts";

/** A media file that is open for reading. Whoever gets it closes it. */
export interface OpenPart {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
  /** Epoch ms. */
  readonly modifiedAt: number;
  /** Its name without folders; bytes that are no UTF-8 are replaced. */
  readonly name: string;
}

/** Opens the file of a part. @returns undefined if there is none, if it is gone or no file, or if the caller may not use its section */
export async function openPart(database: Database, id: number, sections: Sections): Promise<OpenPart | undefined> {
  const row = database.read.get(
    `SELECT f.name, d.path AS folder, l.path AS root, l.section_id FROM files f JOIN folders d ON d.id = f.folder_id
     JOIN locations l ON l.id = d.location_id WHERE f.id = ? AND f.deleted_at IS NULL`,
    id,
  );
  if (row === undefined || !maySeeSection(sections, Number(row.section_id))) return undefined;
  const name = row.name as Uint8Array;
  const path = joinBytes(Buffer.from(String(row.root)), row.folder as Uint8Array, name);
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return undefined;
  const facts = await handle.stat();
  if (!facts.isFile()) {
    await handle.close();
    return undefined;
  }
  return { handle, size: facts.size, modifiedAt: facts.mtimeMs, name: Buffer.from(name).toString("utf8") };
}

/** Types by extension: what browsers and players go by. */
const types: Readonly<Record<string, string>> = {
  avi: "video/x-msvideo",
  flac: "audio/flac",
  m2ts: "video/mp2t",
  m4a: "audio/mp4",
  m4b: "audio/mp4",
  m4v: "video/mp4",
  mkv: "video/x-matroska",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  mpg: "video/mpeg",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  ogv: "video/ogg",
  opus: "audio/ogg",
  ts: "video/mp2t",
  wav: "audio/wav",
  webm: "video/webm",
  wma: "audio/x-ms-wma",
  wmv: "video/x-ms-wmv",
};

export function mediaTypeOf(name: string): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(types, extension) ? (types[extension] ?? "") : "application/octet-stream";
}
