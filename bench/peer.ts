import { rolldown } from "rolldown";

/**
 * A package from npm as its users get it. These lead the condition `source`, under which everything here runs, to TypeScript, which Node does not
 * run in node_modules; so they are bundled first.
 */
export async function importPeer(name: string): Promise<unknown> {
  const input = new URL(`../node_modules/${name}/dist/index.js`, import.meta.url).pathname;
  const bundle = await rolldown({ input, platform: "node", logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}
