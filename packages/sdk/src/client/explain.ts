import { ConnectionError } from "../models/errors.ts";

/** What runtimes call the reasons why nothing came, and what helps. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /CERT|SELF_SIGNED|VERIFY|ALTNAME/,
    "The server's certificate is not trusted: use its plex.direct name, or trust its issuer (NODE_EXTRA_CA_CERTS).",
  ],
  [/EPROTO|ERR_SSL|WRONG_VERSION/, "The server does not speak TLS at this port: begin its address with http://."],
  [/ENOTFOUND|EAI_AGAIN/, "The host's name is not known: correct `serverURL` or `host`."],
  [/ECONNREFUSED/, "Nothing listens there: start the server, or correct `serverURL` (or `host` and `port`)."],
  [
    /ECONNRESET|UND_ERR_SOCKET|EPIPE/,
    "The server closed the connection: if it requires TLS, begin its address with https://.",
  ],
];

/** The failure of a request, with the remedy in one sentence. `url` is told without its query, which may hold the token. */
export function connectionError(cause: unknown, url: URL | string): ConnectionError {
  const text = codesOf(cause).join(" ");
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
  return new ConnectionError(
    `No connection to ${new URL(url).origin}. ${remedy ?? "Check that the server runs and that `serverURL` names it."}`,
    { cause },
  );
}

/** The codes of an error and of those behind it: `fetch` wraps what the socket said, and a host with two addresses gives two. */
function codesOf(error: unknown, depth = 0): readonly string[] {
  if (typeof error !== "object" || error === null || depth > 4) return [];
  const { code, cause, errors } = error as {
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly errors?: unknown;
  };
  const inner = [cause, ...(Array.isArray(errors) ? errors : [])].flatMap((one) => codesOf(one, depth + 1));
  return typeof code === "string" ? [code, ...inner] : inner;
}

/** What a refusal means, by its status. */
export function refusalMessage(status: number, contentType: string, body: string): string {
  const remedy =
    status === 401
      ? " Give a valid token as `token`."
      : status === 403
        ? " This token may not do this: use one of the server's owner."
        : status === 404
          ? " Is this a media server? Correct `serverURL`."
          : "";
  const shown = body.length > 500 ? `${body.slice(0, 500)}… (${body.length} characters)` : body;
  return `Status ${status}${contentType === "" ? "" : ` Content-Type ${contentType}`}.${shown === "" ? "" : ` Body: ${shown}`}${remedy}`;
}
