import { isIP } from "node:net";
import { connect } from "node:tls";
import { UpstreamClient, UpstreamError } from "./client.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly state: "good" | "note" | "bad";
  readonly detail: string;
  /** What to do, where something is to be done. */
  readonly remedy?: string;
}

/** A clock that is further off makes synthetic times and freshness wrong. ms */
const MOST_SKEW_MS = 30_000;
/** For the first sign of life on the event stream. ms */
const STREAM_MS = 15_000;

/** Looks at a server as `--plex` would use it, and says what is wrong; each look only where the one before allows it. */
export async function* diagnose(url: string, token: string | undefined): AsyncGenerator<Finding> {
  const client = new UpstreamClient(url, "reelay-doctor");
  const asked = Date.now();
  const reached = await reach(client);
  if ("finding" in reached) {
    if (url.startsWith("https:")) yield await certificate(url);
    yield reached.finding;
    return;
  }
  yield { what: "reachable", state: "good", detail: `${url} answers, version ${reached.version || "unknown"}` };
  if (url.startsWith("https:")) yield await certificate(url);
  else
    yield { what: "certificate", state: "note", detail: "not encrypted: fine in your own network, and nowhere else" };
  yield skew(reached.date, asked);
  client.token = token;
  const account = await tokenOf(client);
  yield account;
  if (account.state === "bad") return;
  yield await role(client);
  yield await events(url, token);
}

async function reach(
  client: UpstreamClient,
): Promise<{ readonly version: string; readonly date: string | null } | { readonly finding: Finding }> {
  try {
    const { headers } = await client.ask("/identity", { headers: { accept: "application/json" } });
    return { version: (await client.identity()).version, date: headers.get("date") };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const remedy =
      error.trouble === "unreadable"
        ? "Check the port: a Plex Media Server is at 32400. «Secure connections: Required» asks for https and the server's plex.direct name, which reelay plex link finds."
        : "Check host and port, that the server runs, and that no firewall is between; with a certificate, use the name that it is for.";
    return { finding: { what: "reachable", state: "bad", detail: error.message, remedy } };
  }
}

/** Which names the certificate is for, and whether it is good for this one. */
function certificate(url: string): Promise<Finding> {
  const { hostname, port } = new URL(url);
  const what = "certificate";
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const host = hostname.replace(/^\[|\]$/g, "");
  // Looked at, not trusted. An address is no name that can be asked for.
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host, port: Number(port || 443), ...name, rejectUnauthorized: false });
  const done = (finding: Finding) => {
    socket.destroy();
    resolve(finding);
  };
  socket.setTimeout(5_000, () => done({ what, state: "bad", detail: "no TLS within 5 s", remedy: "Try http://." }));
  socket.on("error", (error) => done({ what, state: "bad", detail: error.message, remedy: "Try http://." }));
  socket.on("secureConnect", () => {
    const { subject, subjectaltname = "" } = socket.getPeerCertificate();
    const names = subjectaltname || String(subject?.CN ?? "no name");
    if (socket.authorized) return done({ what, state: "good", detail: `for ${names}` });
    done({
      ...{ what, state: "bad", detail: `${socket.authorizationError}; it is for ${names}` },
      remedy:
        "Use the name that it is for: for a Plex server that is its plex.direct name, which reelay plex link finds.",
    });
  });
  return promise;
}

function skew(date: string | null, asked: number): Finding {
  const what = "clock";
  const there = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) return { what, state: "note", detail: "it does not say what time it is" };
  // The header has whole seconds.
  const off = Math.round((there - asked) / 1_000);
  if (Math.abs(off) * 1_000 <= MOST_SKEW_MS)
    return { what, state: "good", detail: `within ${Math.abs(off)} s of this one` };
  return {
    ...{ what, state: "bad", detail: `${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} this one` },
    remedy: "Let both machines take their time from the network (NTP).",
  };
}

async function tokenOf(client: UpstreamClient): Promise<Finding> {
  const what = "token";
  try {
    const name = await client.friendlyName();
    return { what, state: "good", detail: `taken by ${name ?? "the server"}` };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const remedy = "Link it with reelay plex link, or give its token as REELAY_PLEX_TOKEN.";
    const detail = client.token === undefined ? "there is none" : error.message;
    return { what, state: "bad", detail, remedy };
  }
}

async function role(client: UpstreamClient): Promise<Finding> {
  const what = "account";
  try {
    await client.container("/status/sessions");
    return { what, state: "good", detail: "the owner's: it may see who plays what" };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return {
      ...{ what, state: "bad", detail: "not the owner's: the server does not say who plays what" },
      remedy: "Use a token of the server's owner; events come without account and player otherwise.",
    };
  }
}

/** Whether the event stream opens, over the transport that is used. */
async function events(url: string, token: string | undefined): Promise<Finding> {
  const what = "events";
  const { PlexAPI, SDKError } = await import("@reelay/sdk");
  const api = new PlexAPI({ serverURL: url, ...(token === undefined ? {} : { token }) });
  await using subscription = api.events.subscribe({ reconnect: false, connectTimeoutMs: STREAM_MS });
  try {
    let transport = "";
    subscription.on("state", (now) => {
      if (now.state === "open") transport = now.transport;
    });
    await subscription.ready();
    return { what, state: "good", detail: `the stream is open (${transport === "websocket" ? "WebSocket" : "SSE"})` };
  } catch (error) {
    const detail = error instanceof SDKError ? `the stream answers ${error.statusCode}` : "the stream does not open";
    return {
      what,
      state: "bad",
      detail,
      remedy: "A proxy between may cut streams or refuse WebSockets: ask the server directly.",
    };
  }
}
