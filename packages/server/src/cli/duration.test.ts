import { expect, test } from "vitest";
import { readDuration, shownDuration } from "./duration.ts";

test.each([
  ["1500ms", 1_500, "1500ms"],
  ["1.5s", 1_500, "1500ms"],
  ["30s", 30_000, "30s"],
  ["90s", 90_000, "90s"],
  ["5m", 300_000, "5m"],
  ["120m", 7_200_000, "2h"],
  ["3d", 259_200_000, "3d"],
  ["0s", 0, "0ms"],
])("%s is %i ms, shown as %s", (text, ms, shown) => {
  expect([readDuration(text, "--x"), shownDuration(ms)]).toEqual([ms, shown]);
});

test.each(["", "5", "m", "-1s", "1 s", "1w", "1e3s", "١s"])("%j is no time", (text) => {
  expect(() => readDuration(text, "--settle")).toThrow(/--settle/);
});
