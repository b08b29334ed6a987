import { readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import mediaInfoFactory, { type MediaInfo, type MediaInfoResult } from "mediainfo.js";
import { MAX_PICTURE_BYTES, pictureTypeOf } from "./picture-type.ts";
import { factsOf } from "./probe-facts.ts";
import type { EmbeddedPicture, ProbeResult } from "./probe-result.ts";

const CHUNK = 256 * 1024;
/** A format that MediaInfo does not know would otherwise be read to its end, however large. */
const MAX_READ = 256 * 1024 * 1024;
/** WebAssembly's memory only grows, by what the largest file needed: it is given back now and then. */
const PROBES_PER_INSTANCE = 500;

const chunk = new Uint8Array(CHUNK);
let current: { readonly mediaInfo: MediaInfo<"object">; probes: number } | undefined;

async function instance(): Promise<MediaInfo<"object">> {
  if (!current || current.probes >= PROBES_PER_INSTANCE) {
    const wasm = fileURLToPath(import.meta.resolve("mediainfo.js/MediaInfoModule.wasm"));
    current?.mediaInfo.close();
    const options = { format: "object", coverData: true, chunkSize: CHUNK, locateFile: () => wasm } as const;
    current = { mediaInfo: await mediaInfoFactory(options), probes: 0 };
  }
  current.probes++;
  return current.mediaInfo;
}

async function analyze(fd: number, size: number): Promise<MediaInfoResult> {
  const mediaInfo = await instance();
  let total = 0;
  try {
    return await mediaInfo.analyzeData(size, (length, position) => {
      if (total >= MAX_READ) return chunk.subarray(0, 0);
      const read = readSync(fd, chunk, 0, Math.min(length, CHUNK), position);
      total += read;
      return chunk.subarray(0, read);
    });
  } catch (error) {
    current = undefined; // What has failed inside WebAssembly cannot be trusted with the next file.
    throw error;
  }
}

/** The first cover; MediaInfo joins the base64 of several by ` / `. */
function coverOf(result: MediaInfoResult): EmbeddedPicture | undefined {
  const general = result.media?.track.find((track) => track["@type"] === "General");
  const data = general && "Cover_Data" in general ? general.Cover_Data : undefined;
  if (typeof data !== "string") return undefined;
  const bytes = new Uint8Array(Buffer.from(data.split(" / ")[0] ?? "", "base64"));
  const mime = pictureTypeOf(bytes);
  return mime && bytes.length <= MAX_PICTURE_BYTES ? { bytes, mime } : undefined;
}

/** What MediaInfo finds in an open file, read in pieces. `media` is missing for what is no media file. */
export async function probeVideo(fd: number, size: number): Promise<Pick<ProbeResult, "media" | "picture">> {
  const result = await analyze(fd, size);
  const [media, picture] = [factsOf(result), coverOf(result)];
  return { ...(media ? { media } : {}), ...(picture ? { picture } : {}) };
}
