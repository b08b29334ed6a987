import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "../../packages/server/src/server.ts";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { createLogger } from "../../packages/server/src/support/index.ts";
import { SAMPLES } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

export const TOKEN = "token-of-the-owner";
const FILM = "A Reel Left in the Rain (2003)";

/** The real server with one film. */
export interface FilmServer extends AsyncDisposable {
  readonly server: RunningServer;
  /** A folder of the test's own. */
  readonly folder: string;
  /** The film's ratingKey. */
  readonly film: string;
  /** A request with a token, the owner's by default; JSON. */
  ask(method: string, path: string, body?: object, token?: string): Promise<Response>;
}

export async function filmServer(): Promise<FilmServer> {
  const folder = await temporaryFolder("film");
  const [media, dataDir] = [join(folder.path, "Films"), join(folder.path, "data")];
  for (const path of [media, dataDir]) await mkdir(path);
  await cp(join(SAMPLES, "Films", FILM, `${FILM}.mkv`), join(media, `${FILM}.mkv`), { preserveTimestamps: true });
  const server = await startServer({
    ...{ dataDir, host: "127.0.0.1", port: 0, token: TOKEN, durability: "normal", numericIds: false },
    ...{ maxStreams: 10, hostNames: [], log: createLogger("silent") },
    preferences: { FSEventLibraryUpdatesEnabled: "0", ScheduledLibraryUpdatesEnabled: "0" },
    sections: [{ path: media, name: "Films", type: "movie" }],
  });
  await server.firstScanDone;
  const ask: FilmServer["ask"] = (method, path, body, token = TOKEN) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...{ "x-plex-token": token, accept: "application/json" },
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const { MediaContainer } = (await (await ask("GET", "/library/sections/1/all")).json()) as {
    MediaContainer: { Metadata: [{ ratingKey: string }] };
  };
  return {
    server,
    folder: folder.path,
    film: MediaContainer.Metadata[0].ratingKey,
    ask,
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
