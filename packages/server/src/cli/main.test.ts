import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseContainer } from "@reelay/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { reelayVersion } from "../http/index.ts";
import { main } from "./index.ts";
import { TestTerminal } from "./testing.ts";

const entry = fileURLToPath(new URL("../../bin/reelay.js", import.meta.url));
const samples = fileURLToPath(new URL("../../../../samples/media", import.meta.url));
let folder: string;
const running: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-cli-"));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
  await rm(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown>;
  output(): string;
  errors(): string;
  /** Resolves with the first match in its standard output. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** The real command, as a process of its own. */
function reelay(...argv: readonly string[]): Run {
  const env = { PATH: process.env.PATH, HOME: folder, NO_COLOR: "1" };
  const child = spawn(process.execPath, ["-C", "source", entry, ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let output = "";
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const exit = once(child, "exit").then(([code, signal]) => code ?? signal);
  return {
    child,
    exit,
    output: () => output,
    errors: () => errors,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(output);
        if (found !== null) return found;
        const ended = await Promise.race([once(child.stdout, "data"), exit.then(() => "ended")]);
        if (ended === "ended" && pattern.exec(output) === null)
          throw new Error(`ended without ${pattern}:\n${output}${errors}`);
      }
    },
  };
}

const data = () => join(folder, "data");
const serve = (...more: readonly string[]) => reelay("serve", "--data", data(), "--port", "0", ...more);
const localServer = async () =>
  JSON.parse(await readFile(join(data(), "server.json"), "utf8")) as { url: string; token: string; pid: number };

describe("the command line", () => {
  const run = async (...argv: readonly string[]) => {
    const terminal = new TestTerminal({ HOME: folder });
    return { code: await main(argv, terminal), terminal };
  };

  test.each([
    [["serv"], /unknown command 'serv' \(Did you mean serve\?\)/],
    [["serve", "--prot", "1"], /unknown option '--prot' \(Did you mean --port\?\)/],
    [["serve", "--port"], /argument missing/],
    [["tail", "x"], /too many arguments/],
    [["token", "nwe"], /unknown command 'nwe'/],
  ])("%j is answered on one line that says where to look", async (argv, message) => {
    const { code, terminal } = await run(...argv);
    expect([code, terminal.printed]).toEqual([2, []]);
    expect(terminal.complained).toEqual([expect.stringMatching(message)]);
    expect(terminal.complained[0]).toMatch(/^reelay: [^\n]*`reelay --help`[^\n]*$/);
  });

  test.each([
    [[]],
    [["--help"]],
    [["token"]],
    [["serve", "--help"]],
    [["tail", "--help"]],
    [["token", "new", "--help"]],
  ])("%j shows help", async (argv) => {
    const { code, terminal } = await run(...argv);
    expect([code, terminal.complained]).toEqual([0, []]);
    expect(terminal.printed.join("\n")).toMatch(/^Usage: reelay/);
    expect(terminal.printed.join("\n")).not.toMatch(/default-data|samples/);
  });

  test("--version", async () => expect((await run("--version")).terminal.printed).toEqual([reelayVersion]));

  test.each<[readonly string[], string]>([
    [["serve", "--port", "99999"], "REELAY_CONFIG_INVALID"],
    [["tail", "--url", "nas:32400"], "REELAY_CONFIG_INVALID"],
    [["tail", "--since", "a\nb"], "REELAY_CONFIG_INVALID"],
    [["tail"], "REELAY_SERVER_UNREACHABLE"],
    [["tail", "--url", "http://127.0.0.1:1"], "REELAY_SERVER_UNREACHABLE"],
    [["token", "new", "--url", "http://127.0.0.1:1"], "REELAY_SERVER_UNREACHABLE"],
  ])("%j fails with %s and a remedy", async (argv, code) => {
    const { code: exitCode, terminal } = await run("--default-data", data(), ...argv);
    expect(exitCode).toBe(1);
    expect(terminal.complained).toEqual([expect.stringMatching(new RegExp(`^reelay: .+ \\(${code}\\)\n  .+$`))]);
  });
});

test("the first start shows a token and lines to paste, then each event; the second what it knows; Ctrl-C ends both cleanly", async () => {
  const first = serve("--samples", samples);
  await first.says(/4 films, 10 episodes, 12 tracks, 26 new\n/);
  const [, url = "", token = ""] =
    /running at (\S+)[\s\S]*shown only this once:\n {2}(\S+)\n/.exec(first.output()) ?? [];
  expect((await fetch(`${url}/`, { headers: { "x-plex-token": token } })).status).toBe(200);
  const [, header = "", streamUrl = ""] = /curl -N -H '([^']+)' (\S+)\n/.exec(first.output()) ?? [];
  const stop = new AbortController();
  const stream = await fetch(streamUrl, {
    headers: { "x-plex-token": header.split(": ")[1] ?? "" },
    signal: stop.signal,
  });
  expect(stream.status).toBe(200);
  stop.abort();
  expect(first.output()).toMatch(/\n\d\d:\d\d:\d\d {2}timeline {3}ready film \d+: 雨の灯台 \(section \d+\)\n/);
  expect((await stat(join(data(), "server.json"))).mode & 0o777).toBe(0o600);

  // The line that is offered makes the event that it promises.
  const [, from = "", to = ""] = /\n {2}cp '([^']+)' '([^']+)'\n/.exec(first.output()) ?? [];
  await copyFile(from, to);
  await first.says(/timeline +ready film \d+: A Copied Film /);
  first.child.kill("SIGINT");
  expect(await first.exit).toBe(0);
  expect(first.output()).toMatch(/\nReelay has stopped\.\n$/);
  expect(existsSync(join(data(), "server.json"))).toBe(false);

  const second = serve("--samples", samples);
  await second.says(/5 films, 10 episodes, 12 tracks, nothing new\n[\s\S]*cp '.*A Copied Film 2 \(2024\)/);
  expect(second.output()).not.toContain("only this once");
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
});

test("a second server on the same folder is refused with the pid and port of the first; after kill -9 the folder is free", async () => {
  const first = serve();
  await first.says(/running at/);
  const { pid, url } = await localServer();
  const second = serve();
  expect(await second.exit).toBe(1);
  expect(second.errors()).toContain(`is used by process ${pid}, on port ${new URL(url).port}. (REELAY_DATA_IN_USE)`);
  first.child.kill("SIGKILL");
  await first.exit;
  await serve().says(/running at/);
});

test("bound to every address, the start says what that exposes", async () => {
  const server = serve("--host", "0.0.0.0", "--token", "given-by-hand");
  await server.says(/Reachable from every network of this machine, port \d+, unencrypted/);
  await server.says(/nothing new/);
  expect(server.output()).not.toContain("admin token");
  expect(server.output()).not.toContain("given-by-hand");
  expect((await fetch(`${(await localServer()).url}/?X-Plex-Token=given-by-hand`)).status).toBe(200);
});

test("the source of benchmarks is refused off loopback, and not there without being asked for", async () => {
  const exposed = serve("--host", "0.0.0.0", "--bench-source");
  expect(await exposed.exit).toBe(1);
  expect(exposed.errors()).toContain("only on loopback");
  const server = serve("--token", "given-by-hand");
  await server.says(/running at/);
  const body = JSON.stringify({ rate: 1, events: 1, bytes: 300, section: 1 });
  const headers = { "x-plex-token": "given-by-hand", "content-type": "application/json" };
  const { url } = await localServer();
  expect((await fetch(`${url}/api/v1/bench`, { method: "POST", headers, body })).status).toBe(404);
});

test("tail says which types do not exist, rather than wait for them in silence", async () => {
  const tailed = async (filters: string) => {
    const terminal = new TestTerminal({ HOME: folder });
    await main(["tail", "--url", "http://127.0.0.1:1", `--filters=${filters}`], terminal);
    return terminal.complained.slice(0, -1);
  };
  expect(await tailed("timeline,-playing,none")).toEqual([]);
  expect(await tailed("-timelin,status")).toEqual([
    expect.stringMatching(
      /^--filters: no type is called timelin \(did you mean timeline\?\); there are playing, .*\.$/,
    ),
  ]);
});

test("npx reelay works in a checkout, where nothing is built, and from any folder", async () => {
  const command = fileURLToPath(new URL("../../../../node_modules/.bin/reelay", import.meta.url));
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: folder };
  const npx = (argument: string) => promisify(execFile)(command, [argument], { cwd: folder, env });
  expect(await npx("--version")).toEqual({ stdout: `${reelayVersion}\n`, stderr: "" });
  await expect(npx("nonsense")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("--help") });
});

test("token new works with the server and without it, and both tokens open it", async () => {
  const before = reelay("token", "new", "--data", data(), "before");
  expect(await before.exit).toBe(0);
  const server = serve();
  await server.says(/running at/);
  const during = reelay("token", "new", "--data", data());
  expect(await during.exit).toBe(0);
  const { url } = await localServer();
  for (const { output } of [before, during]) {
    expect(output()).toMatch(/^[\w-]{43}\n$/);
    expect((await fetch(`${url}/`, { headers: { "x-plex-token": output().trim() } })).status).toBe(200);
  }
});

test("tail prints events, comes back when the server does, and misses none of what happened meanwhile", async () => {
  const films = join(folder, "Films");
  // With their old times: files that are as new as a copy are left to settle first.
  await cp(join(samples, "Films"), films, { recursive: true, preserveTimestamps: true });
  const first = serve(films);
  await first.says(/4 films/);
  const tailing = reelay("tail", "--data", data(), "--since", "earliest");
  const json = reelay("tail", "--data", data(), "--json", "--filters", "timeline", "--since", "earliest");
  await tailing.says(/ready film \d+: Die Mühle am Ende der Straße/);
  await json.says(/"title":"雨の灯台","state":5,"updatedAt":\d+\}\],"id":/);
  first.child.kill("SIGTERM");
  await first.exit;
  await tailing.says(/The connection is lost/);
  const second = serve();
  await second.says(/nothing new/);
  await copyFile(
    join(films, "Die Mühle am Ende der Straße (1987)", "Die Mühle am Ende der Straße (1987).mp4"),
    join(films, "Later (2020).mp4"),
  );
  await tailing.says(/Connected again[\s\S]*ready film \d+: Later/);
  await json.says(/"title":"Later","state":5,"updatedAt":\d+\}\],"id":/);

  const lines = json.output().trimEnd().split("\n");
  const ids = lines.map((line) => {
    const parsed = parseContainer(line);
    expect(parsed).toMatchObject({ ok: true, value: [{ type: "timeline" }] });
    return JSON.parse(line).NotificationContainer.id as string;
  });
  expect(new Set(ids).size).toBe(ids.length);
  for (const { child, exit } of [tailing, json]) {
    child.kill("SIGINT");
    expect(await exit).toBe(0);
  }
});

test("a reader that goes away ends tail, and does not end the server", async () => {
  const server = serve("--samples", samples);
  await server.says(/running at/);
  server.child.stdout?.destroy();
  const tailing = reelay("tail", "--data", data(), "--since", "earliest");
  await tailing.says(/timeline/);
  tailing.child.stdout?.destroy();
  const { url, token } = await localServer();
  // Something has to be written for the pipe to be noticed.
  await fetch(`${url}/library/sections/all/refresh?force=1`, { method: "POST", headers: { "x-plex-token": token } });
  expect(await tailing.exit).toBe(0);
  expect((await fetch(`${url}/identity`)).status).toBe(200);
  server.child.kill("SIGINT");
  expect(await server.exit).toBe(0);
});

test("a wrong token ends tail with what to do", async () => {
  await serve().says(/running at/);
  const tailing = reelay("tail", "--data", data(), "--token", "not-the-right-one");
  expect(await tailing.exit).toBe(1);
  expect(tailing.errors()).toMatch(/REELAY_UNAUTHORIZED\)\n.*reelay token new/);
});
