import { isJsonObject, type JsonObject, parseMediaContainerXml } from "@reelay/protocol";
import { z } from "zod";

/** For an answer of facts, milliseconds and bytes. */
const ANSWER_MS = 5_000;
const ANSWER_BYTES = 8 * 1_048_576;

/** Why the upstream could not be asked. `refused`: the token is not valid, or may not do this. */
export type Trouble = "unreachable" | "refused" | "not-found" | "unreadable";

export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly trouble: Trouble;

  constructor(trouble: Trouble, message: string, cause?: unknown) {
    super(message, { cause });
    this.trouble = trouble;
  }
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface AskOptions {
  /** Default: GET. */
  readonly method?: "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For the whole answer, ms. */
  readonly timeoutMs?: number;
  /** Of the answer. */
  readonly maxBytes?: number;
}

/** Who a server says that it is. */
export interface ServerIdentity {
  readonly machineIdentifier: string;
  readonly version: string;
}

// As the log keeps it, and no longer.
const identitySchema = z.object({
  machineIdentifier: z.string().regex(/^[\w.-]{1,100}$/),
  version: z.string().max(100).default(""),
});
const rootSchema = z.object({ friendlyName: z.string().min(1).max(200).optional().catch(undefined) });

/** Asks an upstream, as a client with a token. Redirects are not followed: the token is for this server alone. */
export class UpstreamClient {
  readonly url: string;
  readonly #clientIdentifier: string;
  token: string | undefined;
  /** How far its clock is ahead of this one by its last answer, ms; answers tell whole seconds. */
  skewMs = 0;

  constructor(url: string, clientIdentifier: string) {
    this.url = url;
    this.#clientIdentifier = clientIdentifier;
  }

  /** What every request says of this client. */
  get headers(): Readonly<Record<string, string>> {
    return {
      "x-plex-client-identifier": this.#clientIdentifier,
      "x-plex-product": "Reelay",
      ...(this.token === undefined ? {} : { "x-plex-token": this.token }),
    };
  }

  /** @throws UpstreamError */
  async identity(signal?: AbortSignal): Promise<ServerIdentity> {
    const parsed = identitySchema.safeParse(await this.container("/identity", signal));
    if (parsed.success) return parsed.data;
    throw new UpstreamError("unreadable", "What answers there does not say which server it is: it is no Plex server.");
  }

  /** Proves the token. @throws UpstreamError */
  async friendlyName(signal?: AbortSignal): Promise<string | undefined> {
    return rootSchema.parse(await this.container("/", signal)).friendlyName;
  }

  /** The `MediaContainer` of an answer, whether it comes as JSON or XML. @throws UpstreamError */
  async container(path: string, signal?: AbortSignal): Promise<JsonObject> {
    const headers = { accept: "application/json, text/xml;q=0.5" };
    const { status, body } = await this.ask(path, { headers, ...(signal === undefined ? {} : { signal }) });
    if (status === 401 || status === 403) throw new UpstreamError("refused", `It answers ${status}.`);
    if (status === 404) throw new UpstreamError("not-found", "It has no such thing.");
    if (status !== 200) throw new UpstreamError("unreachable", `It answers ${status}.`);
    return containerOf(body.toString("utf8"));
  }

  /** @param path with its query @throws UpstreamError if nothing answers, or not within the limits */
  async ask(path: string, options: AskOptions = {}): Promise<RawAnswer> {
    const { signal, timeoutMs = ANSWER_MS, maxBytes = ANSWER_BYTES } = options;
    const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
    try {
      const answer = await fetch(`${this.url}${path}`, {
        ...(options.method === undefined ? {} : { method: options.method }),
        headers: { ...options.headers, ...this.headers },
        redirect: "manual",
        signal: AbortSignal.any(limits),
      });
      const there = Date.parse(answer.headers.get("date") ?? "");
      if (!Number.isNaN(there)) this.skewMs = there - Date.now();
      return { status: answer.status, headers: answer.headers, body: await readAll(answer, maxBytes) };
    } catch (error) {
      if (error instanceof UpstreamError) throw error;
      throw new UpstreamError("unreachable", reasonOf(error, timeoutMs), error);
    }
  }
}

async function readAll(answer: Response, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    bytes += piece.length;
    // Leaving the loop gives the connection up.
    if (bytes > maxBytes) throw new UpstreamError("unreadable", `The answer is longer than ${maxBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function containerOf(text: string): JsonObject {
  if (text.trimStart().startsWith("<")) {
    const xml = parseMediaContainerXml(text);
    const isContainer = xml.ok && xml.value.root === "MediaContainer";
    if (isContainer && isJsonObject(xml.value.container)) return xml.value.container;
  } else {
    try {
      const document: unknown = JSON.parse(text);
      const container = isJsonObject(document) ? document.MediaContainer : undefined;
      if (isJsonObject(container)) return container;
    } catch {
      // Said below.
    }
  }
  throw new UpstreamError("unreadable", "The answer is no MediaContainer: it is no Plex server.");
}

/** In words for people; never the address, whose query may hold a token. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError") return `It does not answer within ${timeoutMs} ms.`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? `It cannot be reached: ${code}.` : "It cannot be reached.";
}

/** Whether a server takes a token; without one, whether it asks for none. `unknown`: it does not answer now. */
export async function tokenState(url: string, token: string | undefined): Promise<"taken" | "refused" | "unknown"> {
  const client = new UpstreamClient(url, "reelay");
  client.token = token;
  try {
    await client.friendlyName();
    return "taken";
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return error.trouble === "refused" ? "refused" : "unknown";
  }
}
