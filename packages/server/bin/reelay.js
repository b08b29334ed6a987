#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a syntax error.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(
    `Reelay needs Node 24.12 or newer, this is ${process.versions.node}. Run it through npm (\`npm start\`, \`npm run reelay\`): npm ci brings the right one.\n`,
  );
  process.exit(1);
}
const { startFromSources } = await import("./in-checkout.js");
startFromSources();
// Names that no server answers for hold a thread of the pool each, and files are read on the same threads.
process.env.UV_THREADPOOL_SIZE ??= "16";
const { main } = await import("../src/cli/index.ts");
process.exitCode = await main(process.argv.slice(2));
