/**
 * Completes the lockfiles after an `npm install`: a registry that has not every platform's variant of a native package makes npm leave
 * the others out, and then refuse its own lockfile in `npm ci`. The missing ones are entered by version and platform, without a hash.
 *
 *     node scripts/complete-lockfile.ts
 */
import { readFileSync, writeFileSync } from "node:fs";

export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: true;
  readonly optional?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly link?: true;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Those from which `npm ci` installs without being told which platform is meant. */
export const lockfilePaths = ["package-lock.json", "tools/biome/package-lock.json"];

const urlOf = (path: string) => new URL(`../${path}`, import.meta.url);

export function readLockfile(path = "package-lock.json"): Lockfile {
  return JSON.parse(readFileSync(urlOf(path), "utf8")) as Lockfile;
}

/** Entries for optional dependencies that a package has and the lockfile has not. */
export function missingPackages({ packages }: Lockfile): Readonly<Record<string, LockedPackage>> {
  const missing: Record<string, LockedPackage> = {};
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (foldersAbove(path).some((folder) => `${folder}node_modules/${name}` in packages)) continue;
      const { os, cpu, libc } = platformOf(name);
      // npm's order of keys, so that its next install changes nothing here.
      missing[`node_modules/${name}`] = {
        version,
        cpu,
        ...(dev ? { dev } : {}),
        ...(libc === undefined ? {} : { libc }),
        optional: true,
        os,
      };
    }
  }
  return missing;
}

/** Where node_modules of a package are looked for: `a/node_modules/b` → `a/node_modules/b/`, `a/`, ``. */
function foldersAbove(path: string): readonly string[] {
  if (path === "") return [""];
  const above = path
    .split("/node_modules/")
    .map((_, index, parts) => `${parts.slice(0, index + 1).join("/node_modules/")}/`);
  return ["", ...above];
}

/** What such names say: `@scope/binding-linux-arm64-musl`. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } {
  const match =
    /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:-(\w+))?$/.exec(name);
  if (match === null) throw new Error(`${name}: its name says no platform; enter it by hand`);
  const [, os = "", cpu = "", kind = ""] = match;
  const libc =
    os !== "linux" ? undefined : kind.startsWith("musl") ? "musl" : kind.startsWith("gnu") ? "glibc" : undefined;
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

if (import.meta.main) {
  for (const path of lockfilePaths) {
    const lockfile = readLockfile(path);
    const missing = missingPackages(lockfile);
    const byPath = ([a]: [string, unknown], [b]: [string, unknown]) => a.localeCompare(b, "en");
    const packages = Object.fromEntries(Object.entries({ ...lockfile.packages, ...missing }).sort(byPath));
    writeFileSync(urlOf(path), `${JSON.stringify({ ...lockfile, packages }, undefined, 2)}\n`);
    process.stdout.write(`${path}: ${Object.keys(missing).length} packages of other platforms entered\n`);
  }
}
