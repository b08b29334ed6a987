/** What a page of documentation links to inside the repository, and whether that exists. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Links of `page` (a path below `root`) whose file or anchor does not exist. */
export function brokenLinks(root: string, page: string): string[] {
  return linksOf(readFileSync(join(root, page), "utf8")).filter((link) => !exists(root, page, link));
}

function exists(root: string, page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  // Outside the repository nobody else has it.
  if (target.startsWith("..") || !existsSync(join(root, target))) return false;
  if (anchor === undefined) return true;
  if (!target.endsWith(".md") || statSync(join(root, target)).isDirectory()) return false;
  return anchorsOf(readFileSync(join(root, target), "utf8")).has(anchor);
}

/** Link and picture targets, but for those with a scheme. */
function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown);
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const attributes = [...text.matchAll(/\s(?:src|href)="([^"]+)"/g)];
  return [...inline, ...attributes]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of markdown.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
}
