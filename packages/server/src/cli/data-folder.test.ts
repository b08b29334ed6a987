import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDataFolder } from "./data-folder.ts";
import { lockDataFolder } from "./data-lock.ts";
import { main } from "./main.ts";
import { Samples, sampleFilm } from "./samples.ts";
import { readServerFile, removeServerFile, serverFilePath, writeServerFile } from "./server-file.ts";
import { TestTerminal } from "./testing.ts";

const CANNOT_BE_MADE = /^reelay: .*--data: .* cannot be made: .*\(REELAY_CONFIG_INVALID\)\n {2}./;

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-data-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Another process that holds the lock of `folder` once this resolves. */
async function holder(): Promise<ChildProcess & { readonly pid: number }> {
  const module = new URL("./data-lock.ts", import.meta.url);
  const code = `const { lockDataFolder } = await import(${JSON.stringify(module.href)});
    globalThis.lock = await lockDataFolder(${JSON.stringify(folder)});
    console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-C", "source", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  if (child.stdout === null || child.pid === undefined) throw new Error("the child did not start");
  await once(child.stdout, "data");
  return Object.assign(child, { pid: child.pid });
}

function server(pid: number) {
  return { pid, url: "http://127.0.0.1:32400", port: 32400, token: "local" };
}

test("a data folder that another process uses is refused, with its pid and port", async () => {
  const { pid } = await holder();
  writeServerFile(folder, server(pid));
  await expect(lockDataFolder(folder)).rejects.toMatchObject({
    code: "REELAY_DATA_IN_USE",
    detail: `${folder} is used by process ${pid}, on port 32400.`,
  });
});

test("after kill -9 of the holder the folder is free, whatever it left", async () => {
  const child = await holder();
  writeServerFile(folder, server(child.pid));
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  expect(readServerFile(folder)).toBeUndefined();
  using _lock = await lockDataFolder(folder);
});

test("within one process the lock is exclusive too, and free again when it is given back", async () => {
  {
    using _lock = await lockDataFolder(folder);
    writeServerFile(folder, server(process.pid));
    await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: "REELAY_DATA_IN_USE" });
  }
  using _again = await lockDataFolder(folder);
});

test("a start waits for the one before it to finish ending", async () => {
  const first = await lockDataFolder(folder);
  const second = lockDataFolder(folder);
  first[Symbol.dispose]();
  using _lock = await second;
});

test("a folder that is missing is made for its user alone, with those above it", async () => {
  const nested = join(folder, "a", "b");
  using _lock = await lockDataFolder(nested);
  for (const made of [join(folder, "a"), nested]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  await symlink(nested, join(folder, "link"));
  makeDataFolder(join(folder, "link"));
});

test("one that appears while those above it are made is taken as it is", async () => {
  // To make what is above `later/../later` makes `later` too, as another process that starts at the same time would.
  const appearing = `${folder}/later/../later`;
  makeDataFolder(appearing);
  expect((await stat(appearing)).mode & 0o777).toBe(0o700);
});

test("one that cannot be made is an error of the settings", async () => {
  await writeFile(join(folder, "file"), "");
  await symlink(join(folder, "nowhere"), join(folder, "dangling"));
  const names = ["file", "file/x", "file/x/y", "dangling", `${"x".repeat(300)}/y`];
  for (const path of names.map((name) => join(folder, name))) {
    const terminal = new TestTerminal();
    expect([path, await main(["serve", "--data", path], terminal)]).toEqual([path, 1]);
    expect(terminal.complained).toEqual([expect.stringMatching(CANNOT_BE_MADE)]);
    expect(terminal.complained[0]).toContain(path);
  }
});

test("nothing waits for ever where the system has no place for folders, and nobody is asked for a code in vain", async () => {
  const entry = fileURLToPath(new URL("../../bin/reelay.js", import.meta.url));
  for (const command of [["serve"], ["plex", "link"]]) {
    const argv = ["-C", "source", entry, ...command, "--data", "/proc/reelay/data/of/mine"];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"], timeout: 50_000 });
    children.push(child);
    const [errors, printed, [code]] = await Promise.all([text(child.stderr), text(child.stdout), once(child, "exit")]);
    expect(errors).toMatch(CANNOT_BE_MADE);
    expect([printed, code]).toEqual(["", 1]);
  }
});

test("server.json is readable by its user only, also over an older one that was not", async () => {
  await writeFile(serverFilePath(folder), "{}");
  await chmod(serverFilePath(folder), 0o666);
  writeServerFile(folder, server(process.pid));
  expect((await stat(serverFilePath(folder))).mode & 0o777).toBe(0o600);
  expect(readServerFile(folder)).toEqual(server(process.pid));
});

test("a server removes its own server.json at its end, and no other's", () => {
  writeServerFile(folder, server(process.pid));
  removeServerFile(folder, process.pid + 1);
  expect(existsSync(serverFilePath(folder))).toBe(true);
  removeServerFile(folder, process.pid);
  expect(existsSync(serverFilePath(folder))).toBe(false);
});

test.each(["", "{", "[]", '{"pid":0}', '{"pid":1,"url":"x","port":1,"token":"t"}'])(
  "a server.json with %j names no server",
  async (content) => {
    await writeFile(serverFilePath(folder), content);
    expect(readServerFile(folder)).toBeUndefined();
  },
);

test("the samples are copied at the first start only, with their times", async () => {
  const source = join(folder, "samples");
  const data = join(folder, "data");
  await mkdir(join(source, "Films"), { recursive: true });
  await mkdir(join(source, "Shows"));
  await mkdir(data);
  const film = join(source, "Films", "Small (1999).mkv");
  await writeFile(film, "x");
  await writeFile(join(source, "Films", "Large (1999).mkv"), "xx");
  await utimes(film, 1_000_000, 1_000_000);
  const sections = [
    { path: join(data, "media", "Films"), name: "Films" },
    { path: join(data, "media", "Shows"), name: "Shows" },
  ];

  expect(new Samples(source, data).install()).toEqual(sections);
  expect((await stat(join(data, "media", "Films", "Small (1999).mkv"))).mtimeMs).toBe(1_000_000_000);
  // A start that did not get as far as storing the sections was not the first one.
  await writeFile(join(data, "reelay.db"), "");
  const again = new Samples(source, data);
  expect(again.install()).toEqual(sections);
  again.installed();
  expect(new Samples(source, data).install()).toEqual([]);
  expect(sampleFilm(data)).toEqual({
    film: join(data, "media", "Films", "Large (1999).mkv"),
    section: join(data, "media", "Films"),
  });
  expect(await readFile(film, "utf8")).toBe("x");
});

test("a data folder that has a database gets no samples", async () => {
  await writeFile(join(folder, "reelay.db"), "");
  expect(new Samples(join(folder, "none"), folder).install()).toEqual([]);
  expect(sampleFilm(folder)).toBeUndefined();
});
