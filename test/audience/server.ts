import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Agent, fetch as undiciFetch } from "undici";
import { startServer } from "../../packages/server/src/server.ts";
import type { RunningServer, ServerOptions } from "../../packages/server/src/server-options.ts";
import { arrivals } from "../../packages/server/src/streams/testing/arrival.ts";
import {
  type Connect,
  connectSse,
  connectWebSocket,
  type StreamClient,
} from "../../packages/server/src/streams/testing/stream-client.ts";
import { createLogger } from "../../packages/server/src/support/index.ts";
import { SAMPLES } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { MEMBER, type Onlooker, SHARED, STRANGER } from "./onlookers.ts";

const transports: Readonly<Record<string, Connect>> = {
  SSE: connectSse(),
  WebSocket: connectWebSocket("/:/websockets/notifications"),
};

/** Each transport, however its request arrives: at once it opens past node:http, otherwise through it. */
export const wires: Readonly<Record<string, Connect>> = Object.fromEntries(
  Object.entries(transports).flatMap(([transport, connect]) =>
    arrivals.map((arrival): readonly [string, Connect] =>
      arrival === "in one chunk"
        ? [transport, connect]
        : [`${transport}, its request ${arrival}`, (options) => connect({ ...options, arrival })],
    ),
  ),
);

const FILM = "A Reel Left in the Rain (2003)";

/** The real server with two sections, one of which is shared with a member, and an account that may use none. */
export interface AudienceServer extends AsyncDisposable {
  readonly server: RunningServer;
  readonly tokens: Readonly<Record<Onlooker, string>>;
  readonly dataDir: string;
  readonly folders: { readonly shared: string; readonly private: string };
  /** A request with the token of one of them, or without; JSON. */
  ask(who: Onlooker | undefined, method: string, path: string, body?: object): Promise<Response>;
  /** A stream. @param since a position, or `earliest` */
  listen(wire: string, who: Onlooker, since?: string): Promise<StreamClient>;
}

export async function audienceServer(options: Partial<ServerOptions> = {}): Promise<AudienceServer> {
  const folder = await temporaryFolder("audience");
  const folders = { shared: join(folder.path, "Shared"), private: join(folder.path, "Private") };
  for (const path of Object.values(folders)) await mkdir(path);
  const dataDir = join(folder.path, "data");
  await mkdir(dataDir);
  const server = await startServer({
    ...{ dataDir, host: "127.0.0.1", port: 0, token: "token-of-the-owner", durability: "normal", numericIds: false },
    ...{ maxStreams: 100, hostNames: [], log: createLogger("silent") },
    // Scans are the test's own: no watching, and no regular ones.
    preferences: { FSEventLibraryUpdatesEnabled: "0", ScheduledLibraryUpdatesEnabled: "0" },
    sections: [
      { path: folders.shared, name: "Shared", type: "movie" },
      { path: folders.private, name: "Private", type: "movie" },
    ],
    ...options,
  });
  await server.firstScanDone;
  const ask = (token: string | undefined, method: string, path: string, body?: object) =>
    request(server, path, {
      method,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { "x-plex-token": token }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const account = async (id: number, name: string, sections: readonly number[]) => {
    const made = await ask("token-of-the-owner", "POST", "/api/v1/accounts", { name, sections });
    if (((await made.json()) as { id: number }).id !== id) throw new Error(`${name} got another id`);
    const token = await ask("token-of-the-owner", "POST", `/api/v1/accounts/${id}/tokens`, { name: "test" });
    return ((await token.json()) as { token: string }).token;
  };
  const tokens = {
    owner: "token-of-the-owner",
    member: await account(MEMBER, "Member", [SHARED]),
    stranger: await account(STRANGER, "Stranger", []),
  };
  return {
    server,
    tokens,
    dataDir,
    folders,
    ask: (who, method, path, body) => ask(who === undefined ? undefined : tokens[who], method, path, body),
    listen: (wire, who, since) => {
      const connect = wires[wire];
      if (connect === undefined) throw new Error(`there is no ${wire}`);
      const tls = options.tls !== undefined;
      return connect({ port: server.port, tls, token: tokens[who], ...(since === undefined ? {} : { since }) });
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Over TLS, whatever the server's certificate is. */
function request({ url }: RunningServer, path: string, init: RequestInit): Promise<Response> {
  if (url.startsWith("http:")) return fetch(`${url}${path}`, init);
  const trusting = new Agent({ connect: { rejectUnauthorized: false } });
  // The package's own classes, of the same form as the global ones.
  return undiciFetch(`${url}${path}`, { ...(init as object), dispatcher: trusting }) as unknown as Promise<Response>;
}

/** Copies a film with its old time, so that a scan takes it at once. */
export function addFilm(folder: string, name = FILM): Promise<void> {
  return cp(join(SAMPLES, "Films", FILM, `${FILM}.mkv`), join(folder, `${name}.mkv`), { preserveTimestamps: true });
}
