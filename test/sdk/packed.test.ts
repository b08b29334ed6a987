import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPOSITORY, ReelayProcess } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { type Installed, installPacked } from "./programs/package.ts";
import { programNames, programSource, toCommonJs } from "./programs/sources.ts";

const names = ["@reelay/sdk", "@lukehagar/plexjs"] as const;
const tsc = join(REPOSITORY, "node_modules/.bin/tsc");
const preload = join(REPOSITORY, "test/sdk/programs/port.cjs");
const token = "token-of-the-programs";

let installed: Installed;
let server: ReelayProcess;
let data: TemporaryFolder;

beforeAll(async () => {
  data = await temporaryFolder("sdk-data");
  [installed, server] = await Promise.all([installPacked(), ReelayProcess.start({ dataDir: data.path, token })]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await installed[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

/** Runs until it has printed something, which a program that holds a stream does not do by ending. */
async function firstOutput(file: string): Promise<string> {
  const child = spawn(process.execPath, ["--require", preload, file], {
    cwd: installed.folder,
    env: { PATH: process.env.PATH, PORT_OF_TEST: String(server.port) },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  await until(() => output.includes("\n") || child.exitCode !== null, "the program's output");
  child.kill("SIGKILL");
  return output;
}

const cases = names.flatMap((name) => programNames.map((program) => [name, program] as const));

test.each(cases)("as %s, the documented program %s runs as a module and as CommonJS", async (name, program) => {
  const source = programSource(program, name, token);
  for (const file of [installed.write(`${program}.mjs`, source), installed.write(`${program}.cjs`, toCommonJs(source))])
    expect(await firstOutput(file)).toMatch(/^ReadableStream \{/);
});

test.each([
  ["NodeNext", "nodenext", "nodenext"],
  ["Bundler", "esnext", "bundler"],
])("the documented programs compile under %s, and what comes of it runs", async (label, module, moduleResolution) => {
  const out = `out-${label}`;
  const files = cases.map(([name, program]) => {
    const file = `${label}-${name.replace(/\W+/g, "_")}-${program}.mts`;
    installed.write(file, programSource(program, name, token));
    return file;
  });
  // Other ways to write the same paths, with and without their ends, and those of plexjs 0.43.
  installed.write(
    `${label}-paths.mts`,
    names
      .flatMap((name) =>
        [
          "",
          "/core",
          "/core.js",
          "/funcs/eventsGetNotifications",
          "/funcs/eventsConnectWebSocket.js",
          "/funcs/eventsSubscribe.js",
          "/models/shared",
          "/models/shared.js",
          "/models/shared/index.js",
          "/models/operations",
          "/models/operations/index.js",
          "/models/errors",
          "/models/errors/index.js",
          "/sdk/models/shared",
          "/sdk/models/operations/index.js",
          "/sdk/models/errors",
          "/lib/http",
          "/lib/retries.js",
          "/types/fp",
          "/sdk/types/fp.js",
          "/sessions",
          "/sessions.js",
        ].map(
          (path, index) =>
            `import * as m${names.indexOf(name)}_${index} from "${name}${path}"; void m${names.indexOf(name)}_${index};`,
        ),
      )
      .concat('console.log("ReadableStream {");\n')
      .join("\n"),
  );
  installed.write(
    `${label}.json`,
    JSON.stringify({
      compilerOptions: {
        module,
        moduleResolution,
        target: "es2022",
        lib: ["es2022", "dom", "dom.iterable"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        outDir: out,
      },
      files: [...files, `${label}-paths.mts`],
    }),
  );
  const compiled = await promisify(execFile)(tsc, ["-p", `${label}.json`], { cwd: installed.folder }).catch(
    (error: unknown) => error,
  );
  expect((compiled as { stdout: string }).stdout).toBe("");
  for (const file of readdirSync(join(installed.folder, out)).filter((name) => name.endsWith(".mjs")))
    expect(await firstOutput(join(out, file)), file).toMatch(/^ReadableStream \{/);
});

test("a receiver of webhooks compiles and takes a delivery, as a module and as CommonJS", async () => {
  const program = `import { createWebhookReceiver } from "@reelay/sdk/webhooks";
import { testRequest } from "@reelay/sdk/webhooks/testing";
const receiver = createWebhookReceiver({ signingSecrets: "whsec_c2VjcmV0" });
receiver.on("media.play", ({ payload }) => console.log("played", payload.Metadata.title, payload.Player.uuid));
testRequest("media.play", { signingSecret: "whsec_c2VjcmV0" }).then(receiver.fetch);
`;
  installed.write("receive.mts", program);
  const options = {
    module: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    strict: true,
    noEmit: true,
  };
  installed.write("receive.json", JSON.stringify({ compilerOptions: options, files: ["receive.mts"] }));
  const compiled = await promisify(execFile)(tsc, ["-p", "receive.json"], { cwd: installed.folder }).catch(
    (error: unknown) => error,
  );
  expect((compiled as { stdout: string }).stdout).toBe("");
  for (const file of [installed.write("receive.mjs", program), installed.write("receive.cjs", toCommonJs(program))])
    expect(await firstOutput(file)).toBe("played The Long Tide living-room-tv\n");
});

test("a picture that a body parser has put on the disk is read, as a module and as CommonJS", async () => {
  const picture = installed.write("uploaded.jpg", "12345");
  const program = `import { createWebhookReceiver } from "@reelay/sdk/webhooks";
const receiver = createWebhookReceiver().onAny(({ event, thumb }) => console.log(event, thumb?.data.length));
const file = { fieldname: "thumb", path: ${JSON.stringify(picture)}, mimetype: "image/jpeg" };
const request = { method: "POST", headers: {}, body: { payload: '{"event":"media.play"}' }, file };
receiver.node(request, { setHeader() {}, end() {} });
`;
  for (const file of [installed.write("disk.mjs", program), installed.write("disk.cjs", toCommonJs(program))])
    expect(await firstOutput(file), file).toBe("media.play 5\n");
});

test("the package brings nothing but itself, and every path leads to a file", async () => {
  const root = join(installed.folder, "node_modules/@reelay/sdk");
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies?: unknown;
    exports: Record<string, string | { import: { default: string } }>;
  };
  expect(manifest.dependencies).toBeUndefined();
  expect(readdirSync(join(installed.folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    "@lukehagar",
    "@reelay",
  ]);
  const require = createRequire(join(installed.folder, "program.cjs"));
  for (const [path, target] of Object.entries(manifest.exports)) {
    require(`@reelay/sdk${path.slice(1)}`);
    if (typeof target !== "string") await import(join(root, target.import.default));
  }
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((file) => /\.(?:c?js|d\.c?ts)$/.test(file))
    .map((file) => readFileSync(join(root, file), "utf8"));
  for (const text of texts)
    expect(text).not.toMatch(/from "(?:@reelay|node:)|require\("(?:@reelay|node:)|REPOSITORY|\/work\//);
});

const BUDGET = [
  ["the two calls of plexjs", "core.js funcs/eventsGetNotifications.js funcs/eventsConnectWebSocket.js", 10_000],
  ["subscribe", "core.js funcs/eventsSubscribe.js", 12_000],
  ["webhooks", "webhooks.js", 11_000],
] as const;

test.each(BUDGET)("a page that uses %s loads no more than it may", async (_, paths, most) => {
  const { page, all } = await bundleSize(paths.split(" "));
  process.stdout.write(`${paths}: ${page} bytes, min+gzip; ${all} with what only Node loads\n`);
  expect(page).toBeLessThanOrEqual(most);
  expect(all).toBeLessThanOrEqual(most + 5_000);
});

/** What a bundler makes of it for a page: its first file, and all files. The WebSocket on Node's sockets is a file that pages never load. */
async function bundleSize(paths: readonly string[]): Promise<{ page: number; all: number }> {
  const code = paths.map((path) => `export * from "@reelay/sdk/${path}";`).join("\n");
  const input = installed.write("entry.mjs", code);
  const bundle = await rolldown({ input, cwd: installed.folder, platform: "browser" });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  const chunks = new Map(output.flatMap((chunk) => (chunk.type === "chunk" ? [[chunk.fileName, chunk] as const] : [])));
  const loaded = new Set<string>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const imported of chunks.get(name)?.imports ?? []) load(imported);
  };
  for (const { fileName, isEntry } of chunks.values()) if (isEntry) load(fileName);
  const size = (names: Iterable<string>) =>
    gzipSync([...names].map((name) => chunks.get(name)?.code ?? "").join(""), { level: 9 }).length;
  return { page: size(loaded), all: size(chunks.keys()) };
}
