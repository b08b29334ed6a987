import { startServer } from "../../packages/server/src/server.ts";
import type { RunningServer, ServerOptions } from "../../packages/server/src/server-options.ts";
import { createLogger } from "../../packages/server/src/support/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ask } from "./caller.ts";

export const TOKEN = "token-of-the-owner";

/** The real server, its library empty. */
export async function accessServer(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  // No scheduled task is to run now and tell of itself.
  const farHour = (new Date().getUTCHours() + 12) % 24;
  const folder = await temporaryFolder("access");
  const server = await startServer({
    ...{ dataDir: folder.path, host: "127.0.0.1", port: 0, token: TOKEN, durability: "normal", numericIds: false },
    ...{ maxStreams: 100, hostNames: [], log: createLogger("silent"), sections: [] },
    preferences: { ButlerTimeZone: "UTC", ButlerStartHour: `${farHour}`, ButlerEndHour: `${(farHour + 1) % 24}` },
    ...options,
  });
  await server.firstScanDone;
  const close = async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  };
  return Object.create(server, { [Symbol.asyncDispose]: { value: close } }) as RunningServer;
}

/** Signs a browser in under the name of the server's own address. @returns its cookie */
export async function signedIn(port: number): Promise<string> {
  const answer = await ask({ port, method: "POST", path: "/api/v1/sign-in", body: { token: TOKEN } });
  if (answer.status !== 200) throw new Error(`not signed in: ${answer.status} ${answer.body}`);
  return answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

export async function allowNetworks(port: number, networks: string, base = ""): Promise<void> {
  const path = `${base}/:/prefs?allowedNetworks=${encodeURIComponent(networks)}`;
  const answer = await ask({ port, method: "PUT", path, headers: { "x-plex-token": TOKEN } });
  if (answer.status !== 200) throw new Error(`not set: ${answer.status} ${answer.body}`);
}
