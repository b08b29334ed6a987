import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository, repositoryFiles } from "./check-repository.ts";

// Put together here, so that this file does not find itself.
const otherFolder = ["..", "shared"].join("/");
const machine = ["", "work", ""].join("/");

const texts = repositoryFiles()
  .filter((path) => existsSync(join(repository, path)) && !path.startsWith("samples/media/"))
  .map((path) => ({ path, text: readFileSync(join(repository, path), "utf8") }));

test("no file knows a path of somebody's machine", () => {
  expect(texts.filter(({ text }) => text.includes(machine)).map(({ path }) => path)).toEqual([]);
});

test("no file needs a folder beside the repository, but for the script that says so", () => {
  const allowed = ({ path, text }: { path: string; text: string }) =>
    path === "package.json" ? text.replace(/^\s+"test:shared": .*$/m, "") : text;
  expect(texts.filter((file) => allowed(file).includes(otherFolder)).map(({ path }) => path)).toEqual([]);
});

test("nothing is fetched from a registry that others cannot reach", () => {
  const locks = texts.filter(({ path }) => /(?:^|\/)(?:package-lock\.json|\.npmrc)$/.test(path));
  const hosts = locks.flatMap(({ text }) => [
    ...text.matchAll(/(?:"resolved":\s*"|registry\s*=\s*)(https?:\/\/[^/"\s]+)/g),
  ]);
  expect(hosts.map(([, host]) => host).filter((host) => host !== "https://registry.npmjs.org")).toEqual([]);
});
