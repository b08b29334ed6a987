import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { settings } from "../packages/server/src/settings.ts";
import { settingsPage, settingsPagePath } from "./generate-settings-doc.ts";

test("docs/reference/settings.md is what the table of settings says", () => {
  expect(readFileSync(settingsPagePath, "utf8"), "run: node -C source scripts/generate-settings-doc.ts").toBe(
    settingsPage(),
  );
});

test("the example file holds only what is allowed", () => {
  const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(settingsPage()) ?? [];
  const given = Object.entries(parse(example) as Record<string, unknown>);
  expect(given.length).toBeGreaterThan(0);
  for (const [key, value] of given) {
    const setting = Object.values(settings).find((one) => one.key === key);
    expect(setting?.schema.safeParse(value).success, key).toBe(true);
  }
});
