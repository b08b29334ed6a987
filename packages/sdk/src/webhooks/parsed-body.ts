import { isJsonObject, type JsonObject, type WebhookThumb } from "@reelay/protocol";
import type { ParsedBody } from "./core.ts";

/** What body parsers leave on a request. */
export interface BodyParserResult {
  /** Of `express.json`, `urlencoded`, `raw`, `text`, multer. */
  readonly body?: unknown;
  /** The bytes, kept beside what was parsed: serverless platforms, `verify` hooks. */
  readonly rawBody?: unknown;
  /** Of multer's `single`. */
  readonly file?: unknown;
  /** Of multer's `any`, `array` and `fields`, and of express-fileupload. */
  readonly files?: unknown;
}

/** The bytes of the body, where a body parser kept them. */
export function bytesLeft({ rawBody, body }: BodyParserResult): Uint8Array | undefined {
  for (const kept of [rawBody, body]) {
    if (kept instanceof Uint8Array) return kept;
    if (typeof kept === "string" && kept !== "") return new TextEncoder().encode(kept);
  }
  return undefined;
}

/** The document of the JSON format, where a body parser read it: written again, since a picture may be in it. */
export function documentLeft({ body }: BodyParserResult): Uint8Array | undefined {
  return isJsonObject(body) && typeof body.event === "string"
    ? new TextEncoder().encode(JSON.stringify(body))
    : undefined;
}

/** Payload and picture, where a body parser took them apart; undefined if it left no payload. */
export function partsLeft(request: BodyParserResult): ParsedBody | undefined {
  const files = filesOf(request);
  const payload = payloadOf(request.body, files);
  if (payload === undefined) return undefined;
  const picture = files.find(({ field }) => field === "thumb");
  return { payload, ...(picture && { thumb: picture.thumb }) };
}

function payloadOf(body: unknown, files: readonly LeftFile[]): string | JsonObject | undefined {
  const fields = isJsonObject(body) ? body : {};
  if (typeof fields.payload === "string" || isJsonObject(fields.payload)) return fields.payload;
  const file = files.find(({ field }) => field === "payload");
  return file && new TextDecoder().decode(file.thumb.data);
}

interface LeftFile {
  readonly field: string;
  readonly thumb: WebhookThumb;
}

/** A file of multer (`fieldname`, `buffer`), or of express-fileupload (below the field's name, `data`). */
interface FileLike {
  readonly fieldname?: unknown;
  readonly buffer?: unknown;
  readonly data?: unknown;
  readonly mimetype?: unknown;
  readonly originalname?: unknown;
  readonly name?: unknown;
}

/** Files that are in memory. Those that a parser put on the disk are not read. */
function filesOf({ file, files }: BodyParserResult): LeftFile[] {
  const named = Array.isArray(files) ? [["", files]] : Object.entries(typeof files === "object" ? (files ?? {}) : {});
  return [["", file], ...named].flatMap(([field, value]) =>
    [value].flat().flatMap((one: FileLike | undefined): LeftFile[] => {
      const bytes = one?.buffer ?? one?.data;
      if (!(bytes instanceof Uint8Array)) return [];
      const filename = [one?.originalname, one?.name].find((name) => typeof name === "string") as string | undefined;
      const contentType = typeof one?.mimetype === "string" ? one.mimetype : "application/octet-stream";
      const thumb = { data: Uint8Array.from(bytes), contentType, ...(filename === undefined ? {} : { filename }) };
      return [{ field: typeof one?.fieldname === "string" ? one.fieldname : String(field), thumb }];
    }),
  );
}
