import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type CertificateFiles, selfSigned, signedBy } from "../support/certificates.ts";
import { REPOSITORY, ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

const FILM = "Die Mühle am Ende der Straße (1987)";
/** The name in the certificates. No machine has it: commands on this one go to 127.0.0.1. */
const NAME = "media.example";
const SSE = "/:/eventsource/notifications?filters=preference";

let folder: TemporaryFolder;
let used: CertificateFiles;
let first: CertificateFiles;
let server: ReelayProcess;
const dataDir = () => join(folder.path, "data");
const files = () => ["--tls-cert", used.cert, "--tls-key", used.key];
const own = async ({ cert }: CertificateFiles) => new X509Certificate(await readFile(cert));

beforeAll(async () => {
  folder = await temporaryFolder("tls");
  await cp(join(SAMPLES, "Films", FILM), join(folder.path, "Films", FILM), {
    recursive: true,
    preserveTimestamps: true,
  });
  first = await selfSigned(folder.path, NAME);
  used = { cert: join(folder.path, "used.pem"), key: join(folder.path, "used.key") };
  await use(first);
  server = await ReelayProcess.start({ dataDir: dataDir(), media: [join(folder.path, "Films")], args: files() });
  await server.scanned();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function use({ cert, key }: CertificateFiles): Promise<void> {
  await copyFile(cert, used.cert);
  await copyFile(key, used.key);
}

/** As a client far away: it trusts `ca`, and the name must fit. `ws` passes these on without having them in its types. */
async function trusting(ca: CertificateFiles): Promise<object> {
  return { ca: await readFile(ca.cert), servername: NAME };
}

async function ask(path: string, ca: CertificateFiles, method = "GET"): Promise<IncomingMessage> {
  const asked = request(`${server.url}${path}`, {
    method,
    agent: false,
    ...(await trusting(ca)),
    headers: { "x-plex-token": server.token },
  });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return answer;
}

/** What has been read of a stream so far. */
function reading(answer: IncomingMessage): () => string {
  let read = "";
  answer.setEncoding("utf8").on("data", (chunk: string) => {
    read += chunk;
  });
  return () => read;
}

async function rename(name: string, ca: CertificateFiles): Promise<void> {
  const answer = await ask(`/:/prefs?FriendlyName=${name}`, ca, "PUT");
  answer.resume();
  expect(answer.statusCode).toBe(200);
}

/** The fingerprint that a new connection is shown. */
async function shown(): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: server.port, servername: NAME, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function hangUp(says: string): Promise<void> {
  const before = server.output.length;
  process.kill(server.pid, "SIGHUP");
  await until(() => server.output.slice(before).includes(says), says);
}

async function command(...argv: readonly string[]) {
  const entry = join(REPOSITORY, "packages/server/bin/reelay.js");
  const child = spawn(process.execPath, ["-C", "source", entry, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  const [printed, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code, printed, complained };
}

describe("with a certificate and its key", () => {
  test("all that a person or program is told says https", async () => {
    const file = JSON.parse(await readFile(join(dataDir(), "server.json"), "utf8"));
    expect(file.url).toBe(`https://127.0.0.1:${server.port}`);
    expect(server.output).toContain(`is running at ${file.url}\n`);
    expect(new X509Certificate(file.certificate).fingerprint256).toBe((await own(first)).fingerprint256);
  });

  test("the curl line of the start works as it is, and trusts this certificate only", async () => {
    const [, line = ""] = /\n {2}(curl -N .*)\n/.exec(server.output) ?? [];
    const pin = /--pinnedpubkey (\S+)/.exec(line)?.[1] ?? "";
    const curl = async (shell: string) => {
      const child = spawn("sh", ["-c", `${shell.replace(/\S+\/:\/eventsource\S+/, `${server.url}/identity`)} -s`]);
      const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
      return output;
    };
    expect(await curl(line)).toContain("machineIdentifier");
    expect(await curl(line.replace(pin, `sha256//${Buffer.alloc(32).toString("base64")}`))).toBe("");
  });

  test("plain HTTP gets no answer on its port", async () => {
    await expect(fetch(`http://127.0.0.1:${server.port}/identity`)).rejects.toThrow();
  });

  test("a SIGHUP shows a renewed one to new connections, while streams go on; a broken one changes nothing", async () => {
    const sse = reading(await ask(SSE, first));
    const socket = new WebSocket(`${server.url.replace("https", "wss")}/:/websockets/notifications`, {
      ...(await trusting(first)),
      headers: { "x-plex-token": server.token },
    });
    let ws = "";
    socket.on("message", (data) => {
      ws += String(data);
    });
    await once(socket, "open");
    const told = (name: string) =>
      until(
        () => sse().includes(`"value":"${name}"`) && ws.includes(`"value":"${name}"`),
        () => `${name}: ${sse()} ${ws}`,
      );
    await rename("before", first);
    await told("before");

    const authority = await selfSigned(folder.path, "authority.example");
    await mkdir(join(folder.path, "renewed"));
    const renewed = await signedBy(authority, join(folder.path, "renewed"), NAME);
    await use(renewed);
    await hangUp("The TLS certificate was read again.");
    expect(await shown()).toBe((await own(renewed)).fingerprint256);
    // The chain goes with it: this client knows the authority only.
    await rename("after", authority);
    await told("after");

    await writeFile(used.key, await readFile(first.key));
    await hangUp("The old TLS certificate stays in use.");
    expect(server.output).toContain("is not the key of");
    expect(await shown()).toBe((await own(renewed)).fingerprint256);
    await use(renewed);
    await rename("still", authority);
    await told("still");
    socket.terminate();
  });

  test("commands on this machine trust exactly what server.json holds", async () => {
    const tail = spawn(
      process.execPath,
      [
        "-C",
        "source",
        join(REPOSITORY, "packages/server/bin/reelay.js"),
        "tail",
        "--json",
        "--since",
        "earliest",
        "--data",
        dataDir(),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let tailed = "";
    tail.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      tailed += chunk;
    });
    await until(
      () => tailed.includes("Die Mühle"),
      () => `tail: ${tailed}`,
    );
    const ended = once(tail, "exit");
    tail.kill("SIGINT");
    expect(await ended).toEqual([0, null]);

    const token = await command("token", "new", "--data", dataDir());
    expect(token).toMatchObject({ code: 0, printed: expect.stringMatching(/^[\w-]{43}\n$/) });
    const play = await command("play", "Die Mühle am Ende der Straße", "--for", "100ms", "--data", dataDir());
    expect(play).toMatchObject({ code: 0, complained: "" });

    const elsewhere = join(folder.path, "elsewhere");
    await mkdir(elsewhere);
    const file = JSON.parse(await readFile(join(dataDir(), "server.json"), "utf8"));
    const impostor = await selfSigned(folder.path, "impostor.example");
    const certificate = await readFile(impostor.cert, "utf8");
    await writeFile(join(elsewhere, "server.json"), JSON.stringify({ ...file, certificate }));
    const refused = await command("accounts", "list", "--data", elsewhere);
    expect(refused).toMatchObject({ code: 1, complained: expect.stringContaining("REELAY_SERVER_UNREACHABLE") });
  });
});

describe("the start ends with what is wrong, when", () => {
  const start = (...argv: readonly string[]) =>
    command("serve", "--data", join(folder.path, "refused"), "--port", "0", ...argv);

  test.each<[string, () => readonly string[], RegExp]>([
    ["only one is given", () => ["--tls-cert", first.cert], /--tls-cert takes effect only together with --tls-key/],
    ["a file is missing", () => ["--tls-cert", first.cert, "--tls-key", "/nowhere"], /\/nowhere cannot be read/],
    ["it is no certificate", () => ["--tls-cert", first.key, "--tls-key", first.key], /holds no certificate/],
    ["it is no key", () => ["--tls-cert", first.cert, "--tls-key", first.cert], /holds no private key/],
  ])("%s", async (_when, argv, message) => {
    expect(await start(...argv())).toMatchObject({ code: 1, complained: expect.stringMatching(message) });
  });
});
