import { decodeBase64 } from "./base64.ts";
import { ByteSink } from "./byte-sink.ts";
import { multipartBoundaryOf } from "./multipart-header.ts";
import { MultipartParser, type MultipartPart } from "./multipart-parser.ts";
import { failure, ok, type Result } from "./result.ts";

/** The picture that came with a webhook. */
export interface WebhookThumb {
  readonly data: Uint8Array<ArrayBuffer>;
  /** `image/jpeg`; what the sender says, not what the bytes say. */
  readonly contentType: string;
  readonly filename?: string;
}

/** What the body of a webhook holds. */
export interface WebhookBodyParts {
  /** The JSON text. */
  readonly payload: string;
  readonly thumb?: WebhookThumb;
}

export interface WebhookBodyLimits {
  /** Of the JSON text. Default 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** Of the picture. Default 4 MiB. */
  readonly maxThumbBytes?: number;
  /** `false`: read over pictures. Default true. */
  readonly thumb?: boolean;
}

const REPEATED = failure("not-a-webhook", "The body has more than one payload.");
const NO_BOUNDARY = failure("not-multipart", "The Content-Type is multipart, and names no boundary that can be used.");

/**
 * Reads the body of a webhook from chunks cut anywhere: multipart as a Plex Media Server sends it, or
 * the JSON document alone, with a picture in it or not. The payload may be
 * a field or a file, and the parts in any order; parts with other names are read over.
 */
export class WebhookBodyParser {
  readonly #reader: MultipartParser | JsonReader;
  readonly #limits: Required<WebhookBodyLimits>;
  #payload: Uint8Array | undefined;
  #thumb: WebhookThumb | undefined;
  #repeated = false;
  /** What it says of itself cannot be read. */
  readonly #unreadable: boolean;

  /** @param contentType of the request; JSON is read from everything that is not multipart */
  constructor(contentType: string | null | undefined, limits: WebhookBodyLimits = {}) {
    const { maxPayloadBytes = 1024 * 1024, maxThumbBytes = 4 * 1024 * 1024, thumb = true } = limits;
    const boundary = multipartBoundaryOf(contentType);
    this.#unreadable = boundary === undefined && /^\s*multipart\//i.test(contentType ?? "");
    const maxPartBytes = ({ name }: { readonly name: string }) =>
      name === "payload" ? maxPayloadBytes : name === "thumb" && thumb ? maxThumbBytes : "skip";
    // Alone, the document may hold its picture as Base64, which is a third longer.
    const maxDocumentBytes = maxPayloadBytes + Math.ceil(maxThumbBytes / 3) * 4 + DATA_URL.length;
    this.#reader =
      boundary === undefined ? new JsonReader(maxDocumentBytes) : new MultipartParser(boundary, { maxPartBytes });
    this.#limits = { maxPayloadBytes, maxThumbBytes, thumb };
  }

  /** An error as soon as one is known: the rest of the body then need not be read. */
  push(chunk: Uint8Array): Result<void> {
    if (this.#unreadable) return NO_BOUNDARY;
    const result = this.#reader.push(chunk);
    if (!result.ok) return result;
    for (const part of result.value) this.#take(part);
    return this.#repeated ? REPEATED : ok(undefined);
  }

  /** @returns what the body held, when it is over */
  end(): Result<WebhookBodyParts> {
    if (this.#unreadable) return NO_BOUNDARY;
    const result = this.#reader.end();
    if (!result.ok) return result;
    if (this.#repeated) return REPEATED;
    if (this.#reader instanceof JsonReader) return readDocument(this.#reader.bytes(), this.#limits);
    if (this.#payload === undefined) return failure("not-a-webhook", "The body has no part named payload.");
    const payload = textOf(this.#payload);
    if (payload === undefined) return failure("not-json", "The payload is not UTF-8.");
    return ok({ payload, ...(this.#thumb && { thumb: this.#thumb }) });
  }

  #take({ name, data, contentType = "application/octet-stream", filename }: MultipartPart): void {
    if (name === "payload" && this.#payload !== undefined) this.#repeated = true;
    else if (name === "payload") this.#payload = data;
    // Of several pictures the first counts.
    else this.#thumb ??= { data, contentType, ...(filename === undefined ? {} : { filename }) };
  }
}

/** Reads a whole body. */
export function parseWebhookBody(
  body: Uint8Array,
  contentType: string | null | undefined,
  limits?: WebhookBodyLimits,
): Result<WebhookBodyParts> {
  const parser = new WebhookBodyParser(contentType, limits);
  const pushed = parser.push(body);
  return pushed.ok ? parser.end() : pushed;
}

/** How Reelay's JSON format ends when a picture goes with it: `thumb` is the last key. */
const DATA_URL = ',"thumb":"data:image/jpeg;base64,"}';

/** A document alone. Its picture is taken out of it, so that the payload is the same in both formats. */
function readDocument(bytes: Uint8Array, limits: Required<WebhookBodyLimits>): Result<WebhookBodyParts> {
  const text = textOf(bytes);
  if (text === undefined) return failure("not-json", "The payload is not UTF-8.");
  const [, document, base64] = splitDocument(text);
  if (document.length > limits.maxPayloadBytes)
    return failure("too-large", `The payload is longer than ${limits.maxPayloadBytes} bytes.`);
  if (base64 === undefined || !limits.thumb) return ok({ payload: document });
  const data = decodeBase64(base64);
  if (data === undefined) return failure("not-a-webhook", "The picture in the document is not Base64.");
  if (data.length > limits.maxThumbBytes)
    return failure("too-large", `The picture is longer than ${limits.maxThumbBytes} bytes.`);
  return ok({ payload: document, thumb: { data, contentType: "image/jpeg" } });
}

function splitDocument(text: string): readonly [whole: string, document: string, base64?: string] {
  const [head, tail] = [DATA_URL.slice(0, -2), DATA_URL.slice(-2)];
  const at = text.lastIndexOf(head);
  const base64 = at !== -1 && text.endsWith(tail) ? text.slice(at + head.length, -tail.length) : undefined;
  // In a title the same words would be followed by more of the document.
  return base64 !== undefined && !base64.includes('"') ? [text, `${text.slice(0, at)}}`, base64] : [text, text];
}

/** The same steps for a body that is one document. */
class JsonReader {
  readonly #max: number;
  readonly #bytes = new ByteSink();

  constructor(max: number) {
    this.#max = max;
  }

  push(chunk: Uint8Array): Result<readonly MultipartPart[]> {
    if (this.#bytes.length + chunk.length > this.#max)
      return failure("too-large", `The document is longer than ${this.#max} bytes.`);
    this.#bytes.append(chunk);
    return ok([]);
  }

  end(): Result<void> {
    return ok(undefined);
  }

  bytes(): Uint8Array {
    return this.#bytes.view();
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
