import { readFileSync } from "node:fs";
import { defineConfig } from "tsdown";
import { slimCatalogue } from "./slim-catalogue.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly source: string }>>;
}

const { exports } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as Manifest;

/** What the package exports is what is built. */
const entries = Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : [entry.source]));

export default defineConfig({
  entry: Object.fromEntries(
    [...new Set(entries)].map((source) => [source.slice("./src/".length, -".ts".length), source]),
  ),
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  // Whoever installs the package installs nothing else.
  deps: { alwaysBundle: ["@reelay/protocol"] },
  inputOptions: { resolve: { conditionNames: ["source", "import", "default"] } },
  // No module does anything but export: so each entry gets only what it uses.
  treeshake: { moduleSideEffects: false },
  plugins: [slimCatalogue()],
  tsconfig: "../tsconfig.sdk.json",
  dts: true,
  outExtensions: ({ format }) => (format === "cjs" ? { js: ".cjs", dts: ".d.cts" } : { js: ".js", dts: ".d.ts" }),
  // `Symbol.asyncDispose` is in the types, and newer than the `lib` of many programs.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  sourcemap: false,
  clean: true,
});
