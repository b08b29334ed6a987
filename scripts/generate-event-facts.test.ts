import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eventFacts, eventFactsPath } from "./generate-event-facts.ts";

test("the SDK's types of facts are those of the server", () => {
  expect(readFileSync(eventFactsPath, "utf8"), "run: node -C source scripts/generate-event-facts.ts").toBe(
    eventFacts(),
  );
});
