import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { webhookEventsPage, webhookEventsPagePath } from "./generate-webhook-events-doc.ts";

test("docs/reference/webhook-events.md is what the table of who is told says", () => {
  const page = readFileSync(webhookEventsPagePath, "utf8");
  expect(page, "run: node -C source scripts/generate-webhook-events-doc.ts").toBe(webhookEventsPage());
});
