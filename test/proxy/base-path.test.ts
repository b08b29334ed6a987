import { cp, mkdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listen } from "../support/listener.ts";
import { NginxProcess } from "../support/nginx-process.ts";
import { fromGuide } from "../support/proxy-guide.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { curl, eventSource, plexjsEventSource, plexjsWebSocket, ws } from "../support/third-party.ts";

const FILM = "Die Mühle am Ende der Straße (1987)";
const PUBLIC_URL = "https://media.example/reelay";

/** @ctrl/plex is none of them: it drops the path of a server's address. */
const clients: Readonly<Record<string, Listen>> = {
  "curl -N": curl,
  eventsource: eventSource,
  ws,
  "plexjs getNotifications": plexjsEventSource,
  "plexjs connectWebSocket": plexjsWebSocket,
};

let folder: TemporaryFolder;
/** Serves below the path itself. */
let below: ReelayProcess;
/** Knows nothing of a path. */
let atRoot: ReelayProcess;
const proxies: NginxProcess[] = [];
let root: string;

beforeAll(async () => {
  folder = await temporaryFolder("base-path");
  const start = async (name: string, ...args: readonly string[]) => {
    const films = join(folder.path, name, "Films");
    await mkdir(films, { recursive: true });
    await cp(join(SAMPLES, "Films", FILM), join(films, FILM), { recursive: true, preserveTimestamps: true });
    const server = await ReelayProcess.start({ dataDir: join(folder.path, name, "data"), media: [films], args });
    await server.scanned();
    return server;
  };
  below = await start("below", "--public-url", PUBLIC_URL);
  atRoot = await start("at-root", "--public-url", PUBLIC_URL, "--base-path", "/");
  root = `http://127.0.0.1:${below.port}`;
  proxies.push(await NginxProcess.start((listen) => fromGuide("kept", listen, root)));
  proxies.push(await NginxProcess.start((listen) => fromGuide("stripped", listen, atRoot.url)));
});
afterAll(async () => {
  for (const used of [...proxies, below, atRoot, folder]) await used?.[Symbol.asyncDispose]();
});

function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, { headers: { "x-plex-token": below.token, accept: "application/json", ...headers } });
}

/** The first line of the answer to bytes as they are. */
async function raw(...lines: readonly string[]): Promise<string> {
  const socket = connect(below.port, "127.0.0.1");
  socket.write(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n`);
  return (await text(socket)).split("\r\n")[0] ?? "";
}

describe("below a base path that comes from the public URL", () => {
  test("the start, server.json and the health name both addresses", async () => {
    expect(below.url).toBe(`${root}/reelay`);
    expect(below.output).toContain(`is running at ${below.url}\n`);
    expect(below.output).toContain(`Its public address is ${PUBLIC_URL}\n`);
    const file = JSON.parse(await readFile(join(folder.path, "below", "data", "server.json"), "utf8"));
    expect(file.url).toBe(below.url);
    expect(await (await ask(`${below.url}/api/v1/health`)).json()).toMatchObject({ publicUrl: PUBLIC_URL });
    expect(await (await ask(`${below.url}/api/v1/openapi.json`)).json()).toMatchObject({
      servers: [{ url: "/reelay" }],
    });
  });

  test.each(["", "/", "/identity", "?a=1", "/library/sections/", "/%3A/prefs"])("%j is there", async (path) => {
    expect((await ask(`${below.url}${path}`)).status).toBe(200);
  });

  test.each(["/", "/identity", "/reelayx/identity", "/REELAY/identity", "/%72eelay/identity", "/api/v1/health"])(
    "%s is outside: 404, with a token and without, also to a preflight",
    async (path) => {
      const answers = [
        await ask(`${root}${path}`),
        await fetch(`${root}${path}`),
        await fetch(`${root}${path}`, {
          method: "OPTIONS",
          headers: { origin: "https://app.example", "access-control-request-method": "GET" },
        }),
      ];
      expect(answers.map(({ status, headers }) => [status, headers.get("x-reelay-error")])).toEqual(
        answers.map(() => [404, "REELAY_NOT_FOUND"]),
      );
    },
  );

  test("an absolute target is read as a path is", async () => {
    const host = `Host: 127.0.0.1:${below.port}`;
    expect(await raw(`GET ${below.url}/identity HTTP/1.1`, host)).toBe("HTTP/1.1 200 OK");
    expect(await raw(`GET ${root}/identity HTTP/1.1`, host)).toBe("HTTP/1.1 404 Not Found");
  });

  test.each(["/:/websockets/notifications", "/:/websocket/notifications", "/api/v1/events"])(
    "WebSockets to %s open below it, and nowhere else",
    async (path) => {
      const handshake = [
        `Host: 127.0.0.1:${below.port}`,
        `X-Plex-Token: ${below.token}`,
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ];
      const upgrade = async (target: string) => {
        const socket = connect(below.port, "127.0.0.1");
        socket.write(`${[`GET ${target} HTTP/1.1`, ...handshake, "Connection: upgrade"].join("\r\n")}\r\n\r\n`);
        for await (const chunk of socket) return String(chunk).split("\r\n")[0];
        return "closed";
      };
      expect(await upgrade(`/reelay${path}`)).toBe("HTTP/1.1 101 Switching Protocols");
      expect(await upgrade(path)).toBe("HTTP/1.1 404 Not Found");
    },
  );

  test("the public URL's host name may ask for what is public, another one may not", async () => {
    const identity = (host: string) => raw("GET /reelay/identity HTTP/1.1", `Host: ${host}`);
    expect(await identity("media.example")).toBe("HTTP/1.1 200 OK");
    expect(await identity("rebound.example")).toBe("HTTP/1.1 403 Forbidden");
  });

  test("absolute paths in answers are those of Plex, to be put behind the server's address", async () => {
    const answer = await ask(`${below.url}/library/sections/1/all`);
    const { MediaContainer } = (await answer.json()) as { MediaContainer: { Metadata: { key: string }[] } };
    const [{ key = "" } = {}] = MediaContainer.Metadata;
    expect(key).toMatch(/^\/library\/metadata\/\d+$/);
    expect((await ask(`${below.url}${key}`)).status).toBe(200);
  });
});

describe.each([
  ["kept by nginx", 0],
  ["taken away by nginx", 1],
] as const)("behind a base path that is %s, by the configuration in our guide,", (_how, index) => {
  const server = () => (index === 0 ? below : atRoot);
  const url = () => `${proxies[index]?.url}/reelay`;

  test("REST answers below the path, and nothing of it outside", async () => {
    const token = { "x-plex-token": server().token };
    expect((await ask(`${url()}/library/sections`, token)).status).toBe(200);
    const outside = await ask(`${proxies[index]?.url}/identity`, token);
    // nginx's own answer.
    expect([outside.ok, outside.headers.get("x-reelay")]).toEqual([false, null]);
  });

  test.each(Object.entries(clients))("%s hears what happens", async (_name, listen) => {
    await using listener = await listen({ url: url(), token: server().token });
    const name = `name-${Math.random()}`;
    const changed = await fetch(`${url()}/:/prefs?FriendlyName=${name}`, {
      method: "PUT",
      headers: { "x-plex-token": server().token },
    });
    expect(changed.status).toBe(200);
    await listener.until(({ entry }) => JSON.stringify(entry).includes(name), name);
  });
});
