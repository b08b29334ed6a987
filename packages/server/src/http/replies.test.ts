import { expect, test } from "vitest";
import { prefersJson } from "./index.ts";

test.each([
  [undefined, false],
  ["", false],
  ["*/*", false],
  ["application/*", false],
  ["application/json", true],
  ["APPLICATION/JSON; charset=utf-8", true],
  ["application/json, text/plain, */*", true],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false],
  ["application/json;q=0.5, text/xml", false],
  ["application/json;q=0.5, application/xml;q=0.4", true],
  ["application/json;q=0", false],
  ["application/json;q=0, */*", false],
  ["application/json;q=nonsense", false],
  ["*/*, text/xml;q=0, application/xml;q=0", true],
  ["text/event-stream", false],
  [",,;q=,", false],
] as const)("Accept: %s asks for JSON: %s", (accept, json) => {
  expect(prefersJson(accept)).toBe(json);
});
