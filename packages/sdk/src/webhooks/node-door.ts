import { ByteSink } from "@reelay/protocol";
import { answerOf } from "./answer.ts";
import type { Core, ParsedBody } from "./core.ts";
import { WebhookError } from "./errors.ts";
import { type BodyParserResult, bytesLeft, documentLeft, partsLeft, textLeft } from "./parsed-body.ts";
import { headerOf } from "./trust.ts";

/** What is needed of an `http.IncomingMessage`, and what body parsers add to it. */
export interface NodeRequest extends BodyParserResult {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the URL before routers cut it. */
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether its stream was read to its end. */
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
  resume(): unknown;
}

/** What is needed of an `http.ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  /** Whether somebody else has answered: a middleware that gave up waiting. */
  readonly headersSent?: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** So much of a body that is too large is read over before the answer: a sender that still sends reads none. */
const DRAINED_BYTES = 16 * 1024 * 1024;

/** Answers a request of `node:http`. Never rejects. */
export async function answerNode(core: Core, request: NodeRequest, response: NodeResponse): Promise<void> {
  try {
    if (request.method !== "POST") throw new WebhookError("not-post", "Webhooks are sent by POST.");
    const { headers, originalUrl, url } = request;
    const taken = await core.take({ body: await bodyOf(request, core), headers, url: originalUrl ?? url });
    const good = taken === null || core.acknowledgesFirst || (await taken.done);
    answer(response, good ? { status: 200, body: '{"received":true}' } : answerOf(undefined));
  } catch (error) {
    answer(response, answerOf(error));
    await core.report(error);
  }
}

function answer(response: NodeResponse, { status, body }: { readonly status: number; readonly body: string }): void {
  if (response.headersSent === true) return;
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  if (status === 405) response.setHeader("allow", "POST");
  // What is left of a body that was refused is not read.
  if (status === 413) response.setHeader("connection", "close");
  response.end(body);
}

async function bodyOf(request: NodeRequest, core: Core): Promise<Uint8Array | ParsedBody> {
  const contentType = headerOf(request.headers, "content-type");
  const bytes = bytesLeft(request, contentType);
  if (bytes !== undefined) return bytes;
  const parts = documentLeft(request) ?? textLeft(request, contentType) ?? partsLeft(request);
  if (parts !== undefined && !core.needsBytes(request.headers)) return fromDisk(parts, core);
  if (parts === undefined && request.readableEnded !== true && request.destroyed !== true)
    return readBytes(request, core.maxBytes);
  if (parts === undefined) throw consumed();
  throw new WebhookError(
    "body-consumed",
    "The body was parsed before, and its signature is of its bytes: put the receiver before body parsers, or keep rawBody.",
  );
}

/** With what a body parser has put on the disk. */
async function fromDisk(parts: ParsedBody, core: Core): Promise<ParsedBody> {
  const { thumb, thumbFile, payloadFile } = parts;
  if (thumbFile === undefined && payloadFile === undefined) return parts;
  // Few need it: who does not, does not load it.
  const { readDiskFile } = await import("./disk-file.ts");
  const text = payloadFile && (await readDiskFile(payloadFile, core.maxPayloadBytes));
  if (payloadFile && text === undefined) throw consumed();
  // An event without its picture is worth more than none.
  const max = core.maxThumbBytes;
  const picture = thumbFile && max !== null ? await readDiskFile(thumbFile, max) : thumb;
  const payload = text ? new TextDecoder().decode(text.data) : parts.payload;
  return picture === undefined ? { payload } : { payload, thumb: picture };
}

function consumed(): WebhookError {
  return new WebhookError(
    "body-consumed",
    "The body was read before, and nothing is left of it: put the receiver before body parsers.",
  );
}

/** Not by iterating: to leave a loop early destroys the socket, and with it the answer. */
function readBytes(request: NodeRequest, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const kept = new ByteSink();
    let length = 0;
    const listeners: Readonly<Record<string, (...values: unknown[]) => void>> = {
      data: (piece) => {
        // Text, if somebody has set an encoding.
        const chunk = piece instanceof Uint8Array ? piece : new TextEncoder().encode(String(piece));
        length += chunk.length;
        if (length <= maxBytes) kept.append(chunk);
        else if (length > maxBytes + DRAINED_BYTES) finish(tooLarge(maxBytes));
      },
      end: () => finish(length > maxBytes ? tooLarge(maxBytes) : undefined),
      close: () => finish(new WebhookError("cut-off", "The connection ended before the body.")),
      error: () => finish(new WebhookError("cut-off", "The connection broke before the body ended.")),
    };
    const finish = (error: WebhookError | undefined) => {
      for (const [event, listener] of Object.entries(listeners)) request.off(event, listener);
      // An error that comes later, and that nobody hears, Node would throw.
      request.on("error", ignore);
      if (error) reject(error);
      else resolve(kept.take());
    };
    for (const [event, listener] of Object.entries(listeners)) request.on(event, listener);
    request.resume();
  });
}

function tooLarge(maxBytes: number): WebhookError {
  return new WebhookError("too-large", `The body is longer than ${maxBytes} bytes.`);
}

function ignore(): void {
  // The request is over.
}
