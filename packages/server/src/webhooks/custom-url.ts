import { fillIn, type Template, TemplateError } from "./template.ts";

/** Where the fixed part of an address ends: before the path or the query. */
const FIXED = /^https?:\/\/[^/?#{}\s\\]+(?=[/?#]|$)/i;

/** Which server is asked is not for the payload to say. @throws TemplateError */
export function requireFixedServer(url: string): void {
  if (!FIXED.test(url)) throw new TemplateError("{{…}} may stand in the path and in the query, not before them");
}

/** The address with everything filled in, each as one component of it. */
export function fillInUrl(template: Template, payload: unknown, missing: Set<string>): string {
  const url = fillIn(template, payload, missing);
  const [fixed = ""] = FIXED.exec(url) ?? [];
  const rest = url.slice(fixed.length);
  const end = rest.search(/[?#]/);
  const path = end === -1 ? rest : rest.slice(0, end);
  return fixed + path.split("/").map(noStep).join("/") + rest.slice(path.length);
}

/** A title such as `..` must not lead to another path; `%2E%2E` is a step up as well, so the dots are encoded twice. */
function noStep(segment: string): string {
  return /^(?:\.|%2e){1,2}$/i.test(segment) ? segment.replaceAll(/\.|%2e/gi, "%252E") : segment;
}
