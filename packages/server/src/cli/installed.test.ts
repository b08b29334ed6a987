import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";

const bin = fileURLToPath(new URL("../../bin", import.meta.url));
const folder = await temporaryFolder("checkout");
const server = join(folder.path, "packages", "server");
afterAll(() => folder[Symbol.asyncDispose]());

async function write(path: string, content: string | object): Promise<void> {
  const target = join(folder.path, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, typeof content === "string" ? content : JSON.stringify(content));
}

const installed = (name: string, version: string) => write(`node_modules/${name}/package.json`, { name, version });

/** A checkout with three dependencies, all of them installed, one of them for the server alone. */
beforeEach(async () => {
  await rm(folder.path, { recursive: true });
  await mkdir(server, { recursive: true });
  await cp(bin, join(server, "bin"), { recursive: true });
  await write("package-lock.json", {});
  const dependencies = { "@reelay/protocol": "0.1.0", yaml: "2.9.1", zod: "4.6.7" };
  await write("packages/server/package.json", { name: "reelay", type: "module", dependencies });
  await write("packages/server/src/cli/index.ts", "export const main = async () => console.log('started') ?? 0;");
  const exports = { source: "./index.ts", default: "./dist/index.js" };
  for (const place of ["packages/protocol", "node_modules/@reelay/protocol"]) {
    await write(`${place}/package.json`, { name: "@reelay/protocol", version: "0.1.0", exports });
    await write(`${place}/index.ts`, "");
  }
  await installed("yaml", "2.9.1");
  await write("packages/server/node_modules/zod/package.json", { name: "zod", version: "4.6.7" });
});

/** The command as `npm start` runs it, or as npx does. */
async function start(...flags: readonly string[]) {
  const argv = [...flags, join(server, "bin", "reelay.js"), "--version"];
  const env = { PATH: process.env.PATH, HOME: folder.path };
  return promisify(execFile)(process.execPath, argv, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test.each([[["-C", "source"]], [[]]])("what is installed as it should be starts (node %j)", async (flags) => {
  expect(await start(...flags)).toEqual({ code: 0, stdout: "started\n", stderr: "" });
});

test.each([[["-C", "source"]], [[]]])("dependencies that changed since npm ci are named (node %j)", async (flags) => {
  await rm(join(folder.path, "node_modules", "@reelay"), { recursive: true });
  await installed("yaml", "2.9.0");
  const { code, stdout, stderr } = await start(...flags);
  expect(stderr).toBe(
    "Reelay's dependencies are not installed as this version needs them: @reelay/protocol is missing, yaml is 2.9.0 instead of 2.9.1. Run `npm ci`.\n",
  );
  expect([code, stdout]).toEqual([1, ""]);
});

test("a checkout in which nothing was installed says so, too", async () => {
  await rm(join(folder.path, "node_modules"), { recursive: true });
  const { code, stderr } = await start();
  expect(stderr).toMatch(/@reelay\/protocol is missing, yaml is missing\. Run `npm ci`\.\n$/);
  expect(code).toBe(1);
});

test("every dependency of the server has one exact version, as the look at them takes it", async () => {
  const { dependencies } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
