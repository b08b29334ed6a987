import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";

/** Answers that have no body (Fetch standard, 2.2.4); `Response` refuses one. */
const WITHOUT_BODY = [204, 205, 304];

/**
 * `fetch` to a server that shows exactly `certificate` (PEM), whatever name it is for and whoever signed it: no other one
 * is trusted, those of known authorities neither. Redirects are not followed.
 */
export function pinnedFetch(
  certificate: string,
): (input: Request | string | URL, init?: RequestInit) => Promise<Response> {
  const { fingerprint256 } = new X509Certificate(certificate);
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    const request = httpsRequest(asked.url, {
      method: asked.method,
      headers: { ...Object.fromEntries(asked.headers), ...(body && { "content-length": String(body.length) }) },
      signal: asked.signal,
      agent: false,
      ca: certificate,
      // It is trusted itself, not for being signed by somebody.
      allowPartialTrustChain: true,
      // Called when the chain is proved; the name does not matter, the certificate does.
      checkServerIdentity: (_host, shown) =>
        shown.fingerprint256 === fingerprint256 ? undefined : new Error("the server shows another certificate"),
    });
    request.end(body);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    // What breaks later breaks the body, which tells it.
    request.on("error", () => undefined);
    return asResponse(answer);
  };
}

function asResponse(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  if (!WITHOUT_BODY.includes(status)) {
    return new Response(Readable.toWeb(answer) as NodeReadableStream as ReadableStream, { status, headers });
  }
  answer.resume();
  return new Response(null, { status, headers });
}
