import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { goalLines, isOfLine } from "../../bench/goal-lines.ts";
import { toPage } from "../../bench/performance.ts";
import { toReport } from "../../bench/report.ts";
import { type PartResult, savedResults, saveResult } from "../../bench/results.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/reference/performance.md", import.meta.url)), "utf8");

function result(part: string, value: number): PartResult {
  const row = { name: `${part}: ours`, unit: "ms", median: 2, lowest: 1, highest: 3, rounds: 5, settings: "none" };
  const work = { transactions: 10, events: 10, deliveries: 10_000, writes: 1_200, bytes: 3_000_000 };
  const goals = [{ ratio: `${part}: ours / floor`, value, atMost: 2 }];
  return { suite: "fanout", part, at: "2026-01-02T03:04:05.000Z", took: 7, ...toReport([{ ...row, work }], goals) };
}

test("the page of the documentation is what the suites write, but for figures", () => {
  expect(withoutFigures(page)).toBe(withoutFigures(toPage([])));
});

test("a part's result is kept and read back, and what is no result is refused", async () => {
  await using folder = await temporaryFolder("results");
  const kept = result("spaced", 1.2);
  saveResult(kept, folder.path);
  saveResult(result("growth", Number.NaN), folder.path);
  const read = savedResults(folder.path);
  expect(read.find(({ part }) => part === "spaced")).toEqual(kept);
  // JSON has no NaN, and a goal without a figure is missed.
  expect(read.find(({ part }) => part === "growth")).toMatchObject({
    ratios: { "growth: ours / floor": Number.NaN },
    goals: { "growth: ours / floor": false },
  });
});

test("the page has each part's figures and says which lines nobody measured", () => {
  const text = toPage([result("spaced", 1.2), result("growth", 2.5)]);
  expect(text).toContain("| spaced: ours / floor | 1.20 × | ≤ 2 × | reached |");
  expect(text).toContain("| growth: ours / floor | 2.50 × | ≤ 2 × | missed |");
  expect(text).toContain("| spaced: ours | 10 | 10 | 10,000 | 1,200 | 3,000,000 |");
  expect(text).toContain("Begun 2026-01-02 03:04 UTC, took 7 s.");
  const unmeasured = goalLines.filter((line) => !["spaced: x", "growth: x"].some((ratio) => isOfLine(ratio, line)));
  expect(text).toContain(`Not measured in this run: ${unmeasured.map(({ name }) => name).join(", ")}.`);
});

/** The page without what a run puts in: the ratios under «Goals», and all under «Results». */
function withoutFigures(text: string): string {
  return text
    .replace(/(?<=\n\| ratio \| value \| goal \| {2}\|\n\| --- \| --- \| --- \| --- \|)(?:\n\|.*)*/g, "")
    .replace(/\nNot measured in this run: .*\n/, "")
    .replace(/(?<=\n## Results\n)[\s\S]*?(?=\n## )/, "");
}
