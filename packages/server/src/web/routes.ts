import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { ReelayError } from "../support/index.ts";
import type { Coding, PageFile, PageFiles } from "./page-files.ts";
import { newNonce, pagePolicy } from "./policy.ts";
import { waitingPage } from "./waiting-page.ts";

export interface WebRoutesOptions {
  readonly files: PageFiles;
  /** Whether the page is being built. */
  readonly building: () => boolean;
}

/**
 * `/web`: the dashboard. Anybody may have its files, there is nothing in them; what it shows it asks the API for. Each
 * address that is no file is one within the page.
 */
export const webRoutes: FastifyPluginCallback<WebRoutesOptions> = (app, { files, building }, done) => {
  const send = async (request: FastifyRequest, reply: FastifyReply) => {
    const name = (request.params as { readonly "*"?: string })["*"] ?? "";
    const file = name === "" || name === "index.html" || building() ? undefined : await files.get(name);
    if (file !== undefined) return sendFile(request, reply, file);
    if (name.startsWith("assets/")) throw new ReelayError("REELAY_NOT_FOUND");
    return sendPage(request, reply, building() ? undefined : await files.get("index.html"), building());
  };
  for (const url of ["/web", "/web/*"]) app.get(url, { config: { public: true } }, send);
  done();
};

function sendPage(request: FastifyRequest, reply: FastifyReply, page: PageFile | undefined, building: boolean) {
  const nonce = newNonce();
  reply.headers({ ...pagePolicy(nonce), "cache-control": "no-store", "content-type": "text/html; charset=utf-8" });
  const html = page?.bytes.get("identity")?.toString();
  if (html === undefined) return reply.code(503).header("retry-after", "2").send(waitingPage(building, nonce));
  return reply.send(
    html.replaceAll("__REELAY_NONCE__", nonce).replaceAll("__REELAY_BASE__", baseFrom(request.raw.url ?? "/web")),
  );
}

/** The folder of the page as its own address sees it: also right where a proxy takes a path away that nobody told us of. */
function baseFrom(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  const depth = path.slice(path.indexOf("/web") + "/web".length).split("/").length - 1;
  return depth === 0 ? "web/" : depth === 1 ? "./" : "../".repeat(depth - 1);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { type, hashed, bytes }: PageFile): FastifyReply {
  const coding = codingFor(request.headers["accept-encoding"], bytes);
  if (bytes.size > 1) reply.header("vary", "Accept-Encoding");
  if (coding !== "identity") reply.header("content-encoding", coding);
  return reply
    .type(type)
    .header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache")
    .send(bytes.get(coding));
}

/** The smallest that is there and accepted. (Quality values but 0 make no difference: a browser that takes brotli wants it.) */
function codingFor(accept: string | undefined, bytes: ReadonlyMap<Coding, Buffer>): Coding {
  const accepted = new Set(
    (accept ?? "")
      .toLowerCase()
      .split(",")
      .map((part) => part.split(";").map((piece) => piece.trim()))
      .filter(([, quality]) => !/^q=0(?:\.0*)?$/.test(quality ?? ""))
      .map(([name]) => name),
  );
  for (const coding of ["br", "gzip"] as const) if (bytes.has(coding) && accepted.has(coding)) return coding;
  return "identity";
}
