import type { JsonObject } from "@reelay/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { sectionsOf } from "../events/index.ts";
import { pathOf, searchParams, sendContainer, type Viewer } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { type UpstreamClient, UpstreamError } from "./client.ts";
import { integerOf, objectsOf } from "./read-fields.ts";
import { isShown, membersPath } from "./rest-paths.ts";
import { forMembers, withoutSecrets } from "./without-secrets.ts";

/** For one answer, milliseconds and bytes. */
const ANSWER_MS = 30_000;
const ANSWER_BYTES = 16 * 1_048_576;
/** What a client says that changes the answer. */
const ASKED = ["accept", "accept-language", "x-plex-container-start", "x-plex-container-size", "x-plex-language"];
const ANSWERED = [
  ...["content-type", "cache-control", "etag", "last-modified", "x-plex-protocol"],
  ...["x-plex-container-start", "x-plex-container-total-size"],
];

/**
 * Shows an upstream's REST to those who may see it, read-only: the owner all that only shows something, members the
 * sections that they may use and what is in them. The upstream is asked with this server's own token, which nobody sees.
 */
export class PassThrough {
  readonly #client: UpstreamClient;
  readonly #origin: () => string | undefined;

  constructor(client: UpstreamClient, origin: () => string | undefined) {
    this.#client = client;
    this.#origin = origin;
  }

  /** @throws REELAY_NOT_FOUND, REELAY_UPSTREAM_UNREACHABLE, REELAY_UPSTREAM_ANSWER */
  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = pathOf(request.raw.url ?? "/").replace(/(?<=.)\/$/, "");
    const { viewer } = request;
    try {
      // What is public says who the server is, and no more.
      if (viewer?.admin === true || path === "/identity") return await this.#asItIs(path, request, reply);
      if (viewer !== undefined) return await this.#forMember(path, viewer, request, reply);
    } catch (error) {
      throw asReply(error);
    }
    throw new ReelayError("REELAY_NOT_FOUND");
  }

  async #asItIs(path: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const query = queryOf(request);
    // A picture from elsewhere would be asked for by the upstream.
    const picture = path === "/photo/:/transcode" ? (query.get("url") ?? "") : "/";
    if (!isShown(path) || !/^\/(?!\/)/.test(picture)) throw new ReelayError("REELAY_NOT_FOUND");
    const { status, headers, body } = await this.#client.ask(`${path}${asText(query)}`, {
      headers: headersOf(request),
      timeoutMs: ANSWER_MS,
      maxBytes: ANSWER_BYTES,
    });
    if (status === 401 || (status >= 300 && status < 400)) throw new UpstreamError("refused", `It answers ${status}.`);
    for (const name of ANSWERED) {
      const value = headers.get(name);
      if (value !== null) reply.header(name, value);
    }
    return reply.code(status).send(withoutSecrets(body, headers.get("content-type") ?? "", this.#client.token));
  }

  async #forMember(path: string, viewer: Viewer, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = membersPath(path);
    const origin = this.#origin();
    const sections = origin === undefined ? undefined : sectionsOf(viewer, origin);
    if (asked === undefined || sections === undefined) throw new ReelayError("REELAY_NOT_FOUND");
    const may = (id: number | undefined) => id !== undefined && (sections === "all" || sections.has(id));
    if (asked.kind === "section" && !may(asked.sectionId)) throw new ReelayError("REELAY_NOT_FOUND");
    if (asked.kind === "items") {
      const container = await this.#client.container(`/library/metadata/${asked.ids}`);
      const items = objectsOf(container.Metadata);
      const sectionOf = (item: JsonObject) => integerOf(item.librarySectionID ?? container.librarySectionID);
      if (items.length === 0 || !items.every((item) => may(sectionOf(item)))) throw new ReelayError("REELAY_NOT_FOUND");
      if (asked.isPicture) return this.#asItIs(path, request, reply);
    }
    const page = Object.entries(headersOf(request)).filter(([name]) => name.startsWith("x-plex-container-"));
    const query = queryOf(request);
    for (const [name, value] of page) query.set(name, value);
    const container = await this.#client.container(`${path}${asText(query)}`);
    return sendContainer(request, reply, forMembers(container, asked.kind === "sections" ? sections : undefined));
  }
}

/** Without who asks: the upstream is asked in this server's name. */
function queryOf(request: FastifyRequest): URLSearchParams {
  const query = searchParams(request.raw);
  for (const name of [...query.keys()]) {
    if (/^x-plex-(?!container-)/i.test(name)) query.delete(name);
  }
  return query;
}

function asText(query: URLSearchParams): string {
  return query.size === 0 ? "" : `?${query}`;
}

function headersOf({ headers }: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    ASKED.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]] as const] : [])),
  );
}

function asReply(error: unknown): unknown {
  if (!(error instanceof UpstreamError)) return error;
  if (error.trouble === "not-found") return new ReelayError("REELAY_NOT_FOUND");
  const code = error.trouble === "unreadable" ? "REELAY_UPSTREAM_ANSWER" : "REELAY_UPSTREAM_UNREACHABLE";
  return new ReelayError(code, error.message, { cause: error });
}
