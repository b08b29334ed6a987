/**
 * Serves a page that shows what plays. The page talks to the media server itself; this program only hands it out.
 *
 *     npm start -- --port 10002
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

// A wrong option and a port that is taken are said in a line.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});

const { values } = parseArgs({
  options: { port: { type: "string", default: "10002" }, host: { type: "string", default: "127.0.0.1" } },
});

/** The page's program with the SDK in it, as any bundler makes it. */
async function bundle(): Promise<string> {
  const input = fileURLToPath(new URL("page.ts", import.meta.url));
  const build = await rolldown({
    input,
    platform: "browser",
    resolve: { conditionNames: ["source", "import", "default"] },
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  return output[0].code;
}

const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
  "/": ["text/html; charset=utf-8", readFileSync(new URL("page.html", import.meta.url), "utf8")],
  "/page.js": ["text/javascript; charset=utf-8", await bundle()],
};

const server = createServer((request, response) => {
  const file = Object.entries(files).find(([path]) => path === new URL(request.url ?? "/", "http://page").pathname);
  if (file === undefined) return response.writeHead(404).end();
  const [, [type, content]] = file;
  return response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(content);
});
await once(server.listen(Number(values.port), values.host), "listening");
process.stdout.write(`Open http://${values.host}:${(server.address() as AddressInfo).port}/\n`);
