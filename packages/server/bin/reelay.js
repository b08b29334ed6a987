#!/usr/bin/env node
import { mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";

// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a syntax error.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(
    `Reelay needs Node 24.12 or newer, this is ${process.versions.node}. Run it through npm (\`npm start\`, \`npm run reelay\`): npm ci brings the right one.\n`,
  );
  process.exit(1);
}
const { notInstalled } = await import("./installed.js");
const problems = notInstalled();
if (problems.length > 0) {
  process.stderr.write(
    `Reelay's dependencies are not installed as this version needs them: ${problems.join(", ")}. Run \`npm ci\`.\n`,
  );
  process.exit(1);
}
const { startFromSources } = await import("./in-checkout.js");
startFromSources();
// Names that no server answers for hold a thread of the pool each, and files are read on the same threads.
process.env.UV_THREADPOOL_SIZE ??= "16";
// What Node makes of the sources is kept: the next start takes little more than half as long. In the user's own cache, as
// whoever can write there can run code here; Node would put it where everybody can. Without such a folder nothing is kept.
const { XDG_CACHE_HOME = "", HOME = "" } = process.env;
const caches = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME, ".cache");
const compiled = join(caches, "reelay", "compiled");
if (isAbsolute(caches) && [caches, join(caches, "reelay"), compiled].every(isFolder)) {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache(compiled);
}
const { main } = await import("../src/cli/index.ts");
process.exitCode = await main(process.argv.slice(2));

/** Makes it where it is missing. One by one: Node's own way to make several at once never ends where none can be made. */
function isFolder(path) {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    return error.code === "EEXIST";
  }
}
