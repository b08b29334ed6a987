import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import type { ClientMode } from "./client.ts";
import { NCHAN_MODULE } from "./tools.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const peers = fileURLToPath(new URL("../peers/", import.meta.url));
const TOKEN = "token-of-the-bench";

/** What a subject says of a run of its own. */
export interface Done {
  /** Units of work that were committed. */
  readonly transactions?: number;
  /** Of its sockets, where the kernel does not count them as writes. */
  readonly writes?: number;
}

/** Something that fans events out, in a process of its own. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly mode: ClientMode;
  readonly port: number;
  /** Whose processor time and memory count. */
  readonly pid: number;
  readonly targets: readonly string[];
  /** Settles when all events were made. */
  run(rate: number, events: number, bytes: number): Promise<Done>;
}

/** The C program that writes each event by itself (`windowMs` 0) or joins what is due to a socket into one write. */
export async function floor(work: string, mode: "sse" | "ws", windowMs: number): Promise<Subject> {
  const child = new Child("server", join(work, "floor"), [mode, String(windowMs)]);
  const { port } = await child.answer<{ port: number }>();
  const wire = mode === "ws" ? "WebSocket" : "SSE";
  const name = windowMs === 0 ? `C, a write per event, ${wire}` : `C, joined writes, ${wire}`;
  return subject(child, { name, mode, port, targets: ["/"] });
}

/** A library of npm that fans out. */
export async function peer(kind: "ws" | "socketio" | "better-sse"): Promise<Subject> {
  // The tests have ws of the repository's own.
  if (kind !== "ws" && !existsSync(join(peers, "node_modules/.package-lock.json"))) {
    const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit"], {
      cwd: peers,
      stdio: ["ignore", 2, 2],
    });
    if (status !== 0) throw new Error("bench/peers could not be installed");
  }
  const child = new Child("server", process.execPath, [join(peers, "peer.js"), kind]);
  const { port } = await child.answer<{ port: number }>();
  const known = {
    ws: { name: "ws.send", mode: "ws", targets: ["/"] },
    socketio: { name: "Socket.IO", mode: "socketio", targets: ["/socket.io/?EIO=4&transport=websocket"] },
    "better-sse": { name: "better-sse", mode: "sse", targets: ["/"] },
  } as const;
  return subject(child, { ...known[kind], port });
}

function subject(child: Child, known: Pick<Subject, "name" | "mode" | "port" | "targets">): Subject {
  return {
    ...known,
    pid: child.pid,
    run: (rate, events, bytes) => child.ask<Done>(`run ${rate} ${events} ${bytes}`),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** nginx with nchan, one worker, its events published over HTTP; undefined where it is not installed. */
export async function nchan(work: string, mode: "sse" | "ws"): Promise<Subject | undefined> {
  if (!existsSync(NCHAN_MODULE)) return undefined;
  const port = 20_000 + (process.pid % 20_000);
  const folder = join(work, "nginx");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `load_module ${NCHAN_MODULE};
worker_processes 1;
daemon off;
master_process off;
worker_rlimit_nofile 20000;
pid ${folder}/pid;
error_log ${folder}/error.log error;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  keepalive_requests 100000000;
  nchan_shared_memory_size 512M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /publish { nchan_publisher; nchan_channel_id bench; nchan_message_timeout 2s; }
    location = / { nchan_subscriber; nchan_channel_id bench; nchan_subscriber_first_message newest; }
  }
}
`,
  );
  const server = new Child("server", "nginx", ["-c", file, "-e", join(folder, "error.log")]);
  await answers(port);
  const publisher = new Child("client", process.execPath, [join(peers, "nchan-publisher.js"), String(port)]);
  await publisher.answer();
  return {
    ...subject(publisher, { name: "nginx with nchan", mode, port, targets: ["/"] }),
    pid: server.pid,
    async [Symbol.asyncDispose]() {
      await publisher[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A whole Reelay with its source for benchmarks. */
export interface Reelay extends Subject {
  /** With the owner's token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Request targets of a stream for whoever has this token. */
  target(token: string, filters: string): string;
}

export async function reelay(work: string, mode: "sse" | "ws", name = "Reelay"): Promise<Reelay> {
  const data = join(work, `data-${crypto.randomUUID()}`);
  const folders = ["a", "b", "c", "d", "e"].map((letter) => join(work, "media", letter));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  mkdirSync(data);
  const child = new Child(
    "server",
    process.execPath,
    [
      // As npm scripts and the guide start it.
      "--max-semi-space-size=16",
      "-C",
      "source",
      join(repository, "packages/server/bin/reelay.js"),
      "serve",
      ...folders,
      "--data",
      data,
      "--port",
      "0",
    ].concat(["--quiet", "--bench-source", "--max-streams", "20000"]),
    { REELAY_TOKEN: TOKEN },
  );
  const { url, port } = await serverFile(data);
  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        "x-plex-token": TOKEN,
        accept: "application/json",
        "content-type": "application/json",
        ...init.headers,
      },
    });
  const path = mode === "sse" ? "/:/eventsource/notifications" : "/:/websockets/notifications";
  const target = (token: string, filters: string) => `${path}?X-Plex-Token=${token}&filters=${filters}`;
  return {
    name,
    mode,
    port,
    pid: child.pid,
    targets: [target(TOKEN, "timeline")],
    fetch: get,
    target,
    async run(rate, events, bytes) {
      const body = JSON.stringify({ rate, events, bytes, section: 1 });
      const answer = await get("/api/v1/bench", { method: "POST", body });
      const told = (await answer.json()) as { transactions?: number };
      if (told.transactions !== events)
        throw new Error(`the source answered ${answer.status}: ${JSON.stringify(told)}`);
      return { transactions: events };
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function serverFile(data: string): Promise<{ url: string; port: number }> {
  const file = join(data, "server.json");
  for (let tries = 0; tries < 600; tries++) {
    if (existsSync(file)) {
      const text = readFileSync(file, "utf8");
      if (text.endsWith("}") || text.endsWith("}\n")) return JSON.parse(text) as { url: string; port: number };
    }
    await delay(50);
  }
  throw new Error("the server did not start");
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/nothing`);
      return;
    } catch {
      await delay(25);
    }
  }
  throw new Error(`nothing answers on port ${port}`);
}
