import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./reelay-process.ts";

const titles = { plain: "nginx", kept: "nginx, below a path", stripped: "nginx, taking the path away" };

/** An nginx configuration of the guide, as it is there but for the two addresses. */
export function fromGuide(which: keyof typeof titles, listen: string, upstream: string): string {
  const guide = readFileSync(join(REPOSITORY, "docs", "guides", "proxy.md"), "utf8");
  const section = guide.split(/^##+ /m).find((text) => text.startsWith(`${titles[which]}\n`)) ?? "";
  const [block, ...others] = [...section.matchAll(/^```nginx\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
  if (block === undefined || others.length > 0) throw new Error(`"${titles[which]}" has not exactly one configuration`);
  return replaceOnce(replaceOnce(block, "listen 80;", `listen ${listen};`), "http://127.0.0.1:32400", upstream);
}

function replaceOnce(text: string, old: string, by: string): string {
  if (text.split(old).length !== 2) throw new Error(`${old} is not in the guide's configuration exactly once`);
  return text.replace(old, by);
}
