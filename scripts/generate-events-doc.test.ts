import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eventsPage, eventsPagePath } from "./generate-events-doc.ts";

test("docs/reference/events.md is what the catalogue says", () => {
  expect(readFileSync(eventsPagePath, "utf8"), "run: node -C source scripts/generate-events-doc.ts").toBe(eventsPage());
});
