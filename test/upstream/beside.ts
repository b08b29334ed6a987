import { startServer } from "../../packages/server/src/server.ts";
import type { RunningServer, ServerOptions } from "../../packages/server/src/server-options.ts";
import { createLogger } from "../../packages/server/src/support/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

export const TOKEN = "token-of-the-owner";

/** An event as `/api/v1/events/history` shows it. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly origin: string;
  readonly subject: string;
  readonly time: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into facts of every type
  readonly facts: any;
  readonly notification: unknown;
}

/** A Reelay beside another server. */
export interface Beside extends AsyncDisposable {
  readonly server: RunningServer;
  readonly dataDir: string;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** All that is in its log, oldest first. @param types as `type=` of the history takes them */
  told(types?: string): Promise<Told[]>;
  /** Waits until so many of these types are in the log. @returns them */
  tells(types: string, count: number): Promise<Told[]>;
  /** Stops it and starts it again on the same data. */
  restart(): Promise<void>;
}

export async function beside(
  upstream: {
    readonly url: string;
    readonly token: string | (() => Promise<string>);
    readonly listen?: number;
    readonly silenceMs?: number;
  },
  options: Partial<ServerOptions> = {},
): Promise<Beside> {
  const folder = await temporaryFolder("beside");
  const start = () =>
    startServer({
      ...{ dataDir: folder.path, host: "127.0.0.1", port: 0, token: TOKEN, durability: "normal", numericIds: false },
      ...{ maxStreams: 100, hostNames: [], log: createLogger("silent"), sections: [] },
      upstreams: [
        {
          name: "nas",
          url: upstream.url,
          ...(upstream.listen === undefined ? {} : { listen: upstream.listen }),
          ...(upstream.silenceMs === undefined ? {} : { silenceMs: upstream.silenceMs }),
          token: async () => (typeof upstream.token === "string" ? upstream.token : upstream.token()),
        },
      ],
      ...options,
    });
  let server = await start();
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { accept: "application/json", "x-plex-token": TOKEN, ...init.headers },
    });
  const told = async (types?: string): Promise<Told[]> => {
    const all: Told[] = [];
    for (let before: string | null = ""; before !== null; ) {
      const query = new URLSearchParams({ limit: "200", ...(types && { type: types }), ...(before && { before }) });
      const answer = await ask(`/api/v1/events/history?${query}`);
      const page = (await answer.json()) as { events: Told[]; next: string | null };
      all.push(...page.events);
      before = page.next;
    }
    return all.reverse();
  };
  return {
    get server() {
      return server;
    },
    dataDir: folder.path,
    ask,
    told,
    async tells(types, count) {
      let found: Told[] = [];
      await until(
        async () => {
          found = await told(types);
          return found.length >= count;
        },
        () => `${count} of ${types}; told: ${found.map(({ type }) => type).join(" ")}`,
      );
      return found;
    },
    async restart() {
      await server.close();
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
