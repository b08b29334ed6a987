/**
 * Writes every generated file again: runs each scripts/generate-*.ts.
 *
 *     node -C source scripts/generate.ts
 */
import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename } from "node:path";

const generators = globSync(`${import.meta.dirname}/generate-*.ts`, { exclude: ["**/*.test.ts"] }).sort();
for (const generator of generators) {
  execFileSync(process.execPath, ["-C", "source", generator], { stdio: "inherit" });
  process.stdout.write(`${basename(generator)}: done\n`);
}
