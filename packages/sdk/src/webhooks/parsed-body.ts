import { decodeBase64, isJsonObject, multipartBoundaryOf, parseWebhookBody, type WebhookThumb } from "@reelay/protocol";
import type { ParsedBody } from "./core.ts";
import type { DiskFile } from "./disk-file.ts";

/** What body parsers leave on a request. */
export interface BodyParserResult {
  /** Of `express.json`, `urlencoded`, `raw`, `text`, multer. */
  readonly body?: unknown;
  /** The bytes, kept beside what was parsed: serverless platforms, `verify` hooks. */
  readonly rawBody?: unknown;
  /** Of multer's `single`. */
  readonly file?: unknown;
  /** Of multer's `any`, `array` and `fields`, of express-fileupload and formidable. */
  readonly files?: unknown;
}

/** The bytes of the body, where a body parser kept them. */
export function bytesLeft({ rawBody, body }: BodyParserResult, contentType?: string): Uint8Array | undefined {
  for (const kept of [rawBody, body]) {
    if (kept instanceof Uint8Array) return kept;
    if (typeof kept === "string" && kept !== "" && !isLossy(kept, contentType)) return new TextEncoder().encode(kept);
  }
  return undefined;
}

/** Multipart that a body parser took for text: a picture is none any more then, the payload is what it was. */
export function textLeft({ rawBody, body }: BodyParserResult, contentType?: string): ParsedBody | undefined {
  for (const kept of [rawBody, body]) {
    if (typeof kept !== "string" || !isLossy(kept, contentType)) continue;
    const limits = { thumb: false, maxPayloadBytes: kept.length * 3 };
    const parts = parseWebhookBody(new TextEncoder().encode(kept), contentType, limits);
    if (parts.ok) return { payload: parts.value.payload };
  }
  return undefined;
}

/** Bytes that are no UTF-8 have become replacement characters. */
function isLossy(text: string, contentType: string | undefined): boolean {
  return multipartBoundaryOf(contentType) !== undefined && text.includes("\ufffd");
}

const PICTURE = "data:image/jpeg;base64,";

/** The document of the JSON format, where a body parser read it, and the picture that may be in it. */
export function documentLeft({ body }: BodyParserResult): ParsedBody | undefined {
  if (!isJsonObject(body) || typeof body.event !== "string") return undefined;
  const { thumb, ...payload } = body;
  if (typeof thumb !== "string" || !thumb.startsWith(PICTURE)) return { payload: body };
  const data = decodeBase64(thumb.slice(PICTURE.length));
  return data === undefined ? { payload: body } : { payload, thumb: { data, contentType: "image/jpeg" } };
}

/** Payload and picture, where a body parser took them apart; undefined if it left no payload. */
export function partsLeft(request: BodyParserResult): ParsedBody | undefined {
  const files = filesOf(request);
  const payload = payloadOf(request.body, files.find(({ field }) => field === "payload")?.file);
  const picture = files.find(({ field }) => field === "thumb")?.file;
  if (payload === undefined || picture === undefined) return payload;
  return "data" in picture ? { ...payload, thumb: picture } : { ...payload, thumbFile: picture };
}

function payloadOf(body: unknown, file: LeftFile["file"] | undefined): ParsedBody | undefined {
  const field = isJsonObject(body) ? body.payload : undefined;
  // To formidable every field is a list. More than one payload is no webhook.
  const payload = Array.isArray(field) && field.length === 1 ? field[0] : field;
  if (typeof payload === "string" || isJsonObject(payload)) return { payload };
  if (file === undefined) return undefined;
  return "data" in file ? { payload: new TextDecoder().decode(file.data) } : { payload: "", payloadFile: file };
}

interface LeftFile {
  readonly field: string;
  readonly file: WebhookThumb | DiskFile;
}

/** A file of multer (`fieldname`, `buffer` or `path`), of express-fileupload (below the field's name, `data` or `tempFilePath`), or of formidable (`filepath`). */
interface FileLike {
  readonly fieldname?: unknown;
  readonly buffer?: unknown;
  readonly data?: unknown;
  readonly path?: unknown;
  readonly tempFilePath?: unknown;
  readonly filepath?: unknown;
  readonly mimetype?: unknown;
  readonly originalname?: unknown;
  readonly originalFilename?: unknown;
  readonly name?: unknown;
}

function filesOf({ file, files }: BodyParserResult): LeftFile[] {
  const named = Array.isArray(files) ? [["", files]] : Object.entries(typeof files === "object" ? (files ?? {}) : {});
  return [["", file], ...named].flatMap(([field, value]) =>
    [value].flat().flatMap((one: FileLike | null | undefined): LeftFile[] => {
      const left = one ? fileOf(one) : undefined;
      return left ? [{ field: typeof one?.fieldname === "string" ? one.fieldname : String(field), file: left }] : [];
    }),
  );
}

function fileOf(one: FileLike): WebhookThumb | DiskFile | undefined {
  const contentType = typeof one.mimetype === "string" ? one.mimetype : "application/octet-stream";
  const [filename] = textsOf(one.originalname, one.originalFilename, one.name);
  const said = { contentType, ...(filename === undefined ? {} : { filename }) };
  const bytes = one.buffer ?? one.data;
  const [path] = textsOf(one.path, one.tempFilePath, one.filepath);
  // With `useTempFiles`, express-fileupload leaves an empty buffer beside the path.
  if (bytes instanceof Uint8Array && (bytes.length > 0 || path === undefined))
    return { ...said, data: Uint8Array.from(bytes) };
  return path === undefined ? undefined : { ...said, path };
}

function textsOf(...values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string" && value !== "");
}
