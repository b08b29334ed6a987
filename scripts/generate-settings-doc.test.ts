import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readSettings } from "../packages/server/src/config.ts";
import { settingsPage, settingsPagePath } from "./generate-settings-doc.ts";

test("docs/reference/settings.md is what the table of settings says", () => {
  const page = readFileSync(settingsPagePath, "utf8");
  expect(page, "run: node -C source scripts/generate-settings-doc.ts").toBe(settingsPage());
});

test("the example file is one that Reelay takes", () => {
  const folder = mkdtempSync(join(tmpdir(), "reelay-settings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "reelay.yaml");
  writeFileSync(file, /```yaml\n([\s\S]*?)```/.exec(settingsPage())?.[1] ?? "");
  expect(readSettings({ flags: {}, env: {}, file })).toMatchObject({
    port: 32400,
    sections: [{ type: "movie" }, { name: "Shows" }],
    preferences: { FriendlyName: "Attic", LibraryVideoPlayedThreshold: "85" },
  });
});
