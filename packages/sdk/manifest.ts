/**
 * The `source` condition is this workspace's: it leads to files that the packed package has not, and other workspaces use the same name.
 * So it is taken out before packing, and put back afterwards.
 *
 *     node manifest.ts packed | workspace
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Target {
  readonly source?: string;
  readonly import: { readonly types: string; readonly default: string };
  readonly require: { readonly types: string; readonly default: string };
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | Target>>;
}

const path = new URL("package.json", import.meta.url);
const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
const form = process.argv[2];
if (form !== "packed" && form !== "workspace") throw new Error("node manifest.ts packed | workspace");

const exports = Object.fromEntries(
  Object.entries(manifest.exports).map(([name, target]) => {
    if (typeof target === "string") return [name, target];
    const { import: esm, require } = target;
    if (form === "packed") return [name, { import: esm, require }];
    const source = esm.default.replace(/^\.\/dist\/(.*)\.js$/, "./src/$1.ts");
    return [name, { source, import: esm, require }];
  }),
);
writeFileSync(path, `${JSON.stringify({ ...manifest, exports }, undefined, 2)}\n`);
