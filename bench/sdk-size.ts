import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { slimCatalogue } from "../packages/sdk/slim-catalogue.ts";
import type { BenchOptions, BenchRow, BenchSuite } from "./report.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const SDK = `${ROOT}packages/sdk/src`;
const PLEXJS = "@lukehagar/plexjs";
/** What is imported, and from where. */
const CALLS = {
  PlexAPICore: "core",
  eventsGetNotifications: "funcs/eventsGetNotifications",
  eventsConnectWebSocket: "funcs/eventsConnectWebSocket",
};

/** What a page loads for it, minified and gzipped. */
export async function benchSize({ say }: BenchOptions): ReturnType<BenchSuite["run"]> {
  say("sdk: bundle sizes");
  const ours = await sizeOf(CALLS, (path) => `${SDK}/${path}.ts`);
  const theirs = await sizeOf(CALLS, (path) => `${PLEXJS}/${path}.js`);
  const subscribe = await sizeOf(
    { PlexAPICore: "core", eventsSubscribe: "funcs/eventsSubscribe" },
    (path) => `${SDK}/${path}.ts`,
  );
  const rows = [
    row(
      "bundle: the two calls, SDK",
      ours.page,
      `what a page loads; ${kilobytes(ours.all)} kB with what only Node loads`,
    ),
    row("bundle: the two calls, @lukehagar/plexjs 0.43.0", theirs.page, "the same two functions"),
    row(
      "bundle: subscribe, SDK",
      subscribe.page,
      `what a page loads; ${kilobytes(subscribe.all)} kB with what only Node loads`,
    ),
  ];
  return {
    rows,
    goals: [
      { ratio: "bundle/plexjs", value: ours.page / theirs.page, atMost: 0.2 },
      { ratio: "bundle of the two calls/10 kB", value: ours.page / 10_000, atMost: 1 },
      { ratio: "bundle of subscribe/12 kB", value: subscribe.page / 12_000, atMost: 1 },
    ],
  };
}

function row(name: string, bytes: number, settings: string): BenchRow {
  const kB = bytes / 1_000;
  return { name, unit: "kB", median: kB, lowest: kB, highest: kB, rounds: 1, settings: `min+gzip; ${settings}` };
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}

async function sizeOf(
  imports: Readonly<Record<string, string>>,
  toModule: (path: string) => string,
): Promise<{ page: number; all: number }> {
  const entry = `${ROOT}bench/entry-of-size.js`;
  const code = [
    ...Object.entries(imports).map(([name, path]) => `import { ${name} } from ${JSON.stringify(toModule(path))};`),
    `globalThis.used = [${Object.keys(imports).join(", ")}];`,
  ].join("\n");
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    resolve: { conditionNames: ["source", "import", "default"] },
    // As the built packages say of themselves; of others it is for them to say.
    treeshake: { moduleSideEffects: (id) => !id.includes("/packages/") },
    logLevel: "silent",
    plugins: [
      slimCatalogue(),
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  const chunks = new Map(output.flatMap((chunk) => (chunk.type === "chunk" ? [[chunk.fileName, chunk] as const] : [])));
  const loaded = new Set<string>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const imported of chunks.get(name)?.imports ?? []) load(imported);
  };
  for (const { fileName, isEntry } of chunks.values()) if (isEntry) load(fileName);
  const size = (names: Iterable<string>) =>
    gzipSync([...names].map((name) => chunks.get(name)?.code ?? "").join(""), { level: 9 }).length;
  return { page: size(loaded), all: size(chunks.keys()) };
}
