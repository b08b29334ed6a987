import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { builtDashboard, DASHBOARD } from "../support/dashboard.ts";

beforeAll(builtDashboard);

const read = (name: string) => readFileSync(join(DASHBOARD, name), "utf8");
const scripts = () => globSync("assets/*.js", { cwd: DASHBOARD });
const gzipped = (name: string) => statSync(join(DASHBOARD, `${name}.gz`)).size;

/** What a script loads before it runs. */
function importsOf(name: string): string[] {
  const found = [...read(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)];
  return found.map(([, file]) => `assets/${file}`);
}

/** All that is loaded with the scripts that are named. */
function closureOf(names: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...importsOf(name));
  }
  return seen;
}

test("the first page needs at most 200 kB of script, all pages together 350 kB", () => {
  const entry = /src="\.\/(assets\/[^"]+\.js)"/.exec(read("index.html"))?.[1] ?? "";
  const firstPage = scripts().filter((name) => /\/(?:now-page|traffic-plot)-/.test(name));
  expect(firstPage).toHaveLength(2);
  const size = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + gzipped(name), 0);
  expect(size(closureOf([entry, ...firstPage]))).toBeLessThanOrEqual(200_000);
  expect(size(scripts())).toBeLessThanOrEqual(350_000);
});

test("names change with their content, and every text file is there compressed", () => {
  const assets = globSync("assets/*.{js,css}", { cwd: DASHBOARD });
  expect(assets.length).toBeGreaterThan(5);
  for (const name of assets) {
    expect(name).toMatch(/-[\w-]{8}\.(?:js|css)$/);
    for (const coding of ["gz", "br"]) expect(statSync(join(DASHBOARD, `${name}.${coding}`)).size).toBeGreaterThan(0);
  }
});

test("nothing is asked of another host", () => {
  const outside = (text: string) => [...text.matchAll(/(?:src|href)=["'](?:https?:)?\/\/|@import|url\(["']?https?:/g)];
  expect(outside(read("index.html"))).toEqual([]);
  for (const name of globSync("assets/*.css", { cwd: DASHBOARD })) expect(outside(read(name))).toEqual([]);
});
