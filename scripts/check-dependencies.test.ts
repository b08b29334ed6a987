import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "./check-repository.ts";
import { lockfilePaths, missingPackages, readLockfile } from "./complete-lockfile.ts";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const direct = ["package.json", ...globSync("{packages/*,tools/*}/package.json", { cwd: repository })].flatMap(
  (path) => {
    const manifest = JSON.parse(readFileSync(join(repository, path), "utf8")) as Manifest;
    return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies });
  },
);
const foreign = direct.filter(([name]) => !name.startsWith("@reelay/"));

test("docs/reference/dependencies.md has one line for each direct dependency", () => {
  const page = readFileSync(join(repository, "docs/reference/dependencies.md"), "utf8");
  const listed = [...page.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, names = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  expect(listed.sort()).toEqual([...new Set(foreign.map(([name]) => name))].sort());
});

test("direct dependencies have exact versions", () => {
  expect(foreign.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test.each(lockfilePaths)("%s has every platform's packages, or npm ci would refuse it", (path) => {
  expect(missingPackages(readLockfile(path)), "run: node scripts/complete-lockfile.ts").toEqual({});
});

test("what is installed is known by its hash", () => {
  const without = Object.entries(readLockfile().packages)
    // The packages of this repository, and other platforms' variants of tools for developing it.
    .filter(([path, { link, optional, dev }]) => path.startsWith("node_modules/") && !link && !(optional && dev))
    .filter(([, { integrity }]) => integrity === undefined);
  expect(without.map(([path]) => path)).toEqual([]);
});
