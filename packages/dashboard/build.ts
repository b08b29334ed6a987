/**
 * Builds the page into `dist`: hashed names, each text file also as .gz and .br.
 *
 *     node -C source packages/dashboard/build.ts [--if-stale]
 *
 * With --if-stale nothing is done when `dist` was built from the sources as they are now.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";

const folder = fileURLToPath(new URL(".", import.meta.url));
const dist = join(folder, "dist");
const lock = join(folder, "dist-lock");
const LONGEST_BUILD_MS = 5 * 60_000;
/** What the page is made of, in other packages too. */
const sources = ["*.{ts,json,html}", "public/**", "src/**", "../sdk/src/**/*.ts", "../protocol/src/**/*.ts"];
const compressed = /\.(?:js|css|svg|html)$/;

// Whoever builds it, tests too: it is what people get.
process.env.NODE_ENV = "production";

const hash = hashOfSources();
const isDone = () => process.argv.includes("--if-stale") && builtFrom() === hash;
if (!isDone()) {
  await takeTurn();
  try {
    // Somebody else may have built it meanwhile.
    if (!isDone()) await makePage();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Waits until nobody else builds: two at once would take each other's files away. */
async function takeTurn(): Promise<void> {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isLeftOver()) rmSync(lock, { force: true });
    else await delay(100);
  }
}

/** Whoever holds it was killed. */
function isLeftOver(): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > LONGEST_BUILD_MS) return true;
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return false;
  } catch (error) {
    // ESRCH: nobody of this number. ENOENT: it was given back at this very moment.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function makePage(): Promise<void> {
  // Beside it and then in its place, so that nobody is served half a page.
  const made = `${dist}-${process.pid}`;
  try {
    await build({ root: folder, logLevel: "warn", build: { outDir: made, emptyOutDir: true } });
    for (const name of await readdir(made, { recursive: true })) {
      if (compressed.test(name)) await compress(join(made, name));
    }
    writeFileSync(join(made, "built-from"), hash);
    const old = `${made}-old`;
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(made, dist);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
}

function builtFrom(): string | undefined {
  const path = join(dist, "built-from");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function hashOfSources(): string {
  const digest = createHash("sha256");
  const files = globSync(sources, { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    if (!path.endsWith(".test.ts")) digest.update(`${relative(folder, path)}\0`).update(readFileSync(path));
  }
  return digest.digest("hex");
}
