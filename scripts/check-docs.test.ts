import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { floors } from "../.dependency-cruiser.ts";
import { brokenLinks } from "./check-links.ts";
import { repository, repositoryFiles } from "./check-repository.ts";

const pages = repositoryFiles().filter((path) => path.endsWith(".md") && existsSync(join(repository, path)));

test.each(pages)("%s links to what exists", (page) => {
  expect(brokenLinks(repository, page)).toEqual([]);
});

test("a link to a missing file or anchor is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "reelay-links-"));
  try {
    writeFileSync(join(folder, "there.md"), "# One `code` thing\n\n# Twice\n\n# Twice\n\n```\n# no heading\n```\n");
    const links = [
      "there.md",
      "gone.md",
      "there.md#one-code-thing",
      "there.md#twice-1",
      "there.md#no-heading",
      "../out.md",
    ];
    const page = [...links, "#here", "#nowhere", "https://example.com/x"].map((link) => `[x](${link})`);
    writeFileSync(join(folder, "page.md"), `# Here\n\n${page.join("\n")}\n\n\`[x](in-code.md)\`\n`);
    expect(brokenLinks(folder, "page.md")).toEqual(["gone.md", "there.md#no-heading", "../out.md", "#nowhere"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("docs/architecture.md lists the rooms on the floors that the lint rule holds them to", () => {
  const page = readFileSync(join(repository, "docs/architecture.md"), "utf8");
  const rows = [...page.matchAll(/^\| (\d) \| (.*?) \|/gm)].map(([, floor, rooms = ""]) => [
    Number(floor),
    [...rooms.matchAll(/`([^`]+?)\/?`/g)].map(([, room]) => room).sort(),
  ]);
  const ruled = floors.map((rooms, floor) => [floor, [...rooms].sort()]).reverse();
  expect(rows).toEqual(ruled);
});
