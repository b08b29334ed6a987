import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeMediaTree } from "../media-tree.ts";
import { median, row } from "./measure.ts";
import type { Part } from "./parts.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const ITEMS = 10_000;
const TOKEN = "token-of-the-bench";

/** From starting the command to the first event of a stream, with a library that is known. */
export const start: Part = {
  name: "start",
  async run({ work, rounds, say, files }) {
    const items = Math.min(ITEMS, files);
    say(`start: making and scanning ${items} files, once`);
    const tree = makeMediaTree(join(work, "start-media"), items);
    const data = join(work, "start-data");
    mkdirSync(data);
    const empty = join(work, "empty.mjs");
    const fastify = join(repository, "node_modules/fastify/fastify.js");
    writeFileSync(
      empty,
      `import fastify from ${JSON.stringify(fastify)};
const app = fastify();
app.get("/", async () => "");
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
`,
    );
    const port = await freePort();
    const serve = [
      join(repository, "packages/server/bin/reelay.js"),
      "serve",
      "--data",
      data,
      "--port",
      String(port),
      "--quiet",
    ];
    const reelay = (...folders: string[]) => ["-C", "source", ...serve, ...folders];
    await whole(reelay(tree.shows, tree.music));
    const [ours, cold, theirs]: [number[], number[], number[]] = [[], [], []];
    const stream = [`/:/eventsource/notifications?X-Plex-Token=${TOKEN}`, "event: activity"] as const;
    for (let round = 0; round < rounds; round++) {
      say(`start: round ${round + 1} of ${rounds}`);
      ours.push(await until(reelay(), port, ...stream));
      theirs.push(await until([empty, String(port)], port, "/", "HTTP/1.1 200"));
      cold.push(await until(reelay(), port, ...stream, { NODE_DISABLE_COMPILE_CACHE: "1" }));
    }
    const rows = [
      row(`start: Reelay with ${items} items, to its first event`, "ms", ours, "from the command to the bytes"),
      row("start: the same, with nothing kept of compiling", "ms", cold, "as the first start of a version"),
      row("start: empty fastify server, to its first answer", "ms", theirs, "from the command to the bytes"),
    ];
    return {
      rows,
      goals: [
        {
          ratio: "start: first event / empty server's first answer",
          value: median(ours) / median(theirs),
          atMost: 3,
        },
      ],
    };
  },
};

/** Runs the command until what it answers holds `text`. @returns ms since it was started */
async function until(
  args: readonly string[],
  port: number,
  path: string,
  text: string,
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: "ignore",
    env: { ...process.env, REELAY_TOKEN: TOKEN, ...env },
  });
  try {
    for (;;) {
      if (await answers(port, path, text)) return performance.now() - began;
      if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended with ${child.exitCode}`);
      await delay(2);
    }
  } finally {
    await end(child);
  }
}

/** Also where it has ended by itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** One that nobody has now: the one that the system gives. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Asks once. @returns false when nobody listens yet, or when the answer ends without the text */
function answers(port: number, path: string, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let got = "";
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.on("connect", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: earliest\r\n\r\n`),
    );
    socket.on("data", (bytes) => {
      got = (got + bytes.toString("latin1")).slice(-100_000);
      if (!got.includes(text)) return;
      resolve(true);
      socket.destroy();
    });
  });
}

/** Runs the server until it has scanned all once. */
async function whole(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, REELAY_TOKEN: TOKEN },
  });
  let said = "";
  // The line that says what the library holds comes when all is scanned.
  const isScanned = () => /episodes?,/.test(said);
  for await (const bytes of child.stdout) {
    said += String(bytes);
    if (isScanned()) break;
  }
  await end(child);
  if (!isScanned()) throw new Error(`${args.join(" ")} ended with ${child.exitCode} before it had scanned all`);
}
