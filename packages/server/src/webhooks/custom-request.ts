import type { WebhookPayload } from "@reelay/protocol";
import { fillInUrl } from "./custom-url.ts";
import type { Hook } from "./hook.ts";
import { fillIn, parseTemplate, type TemplatePlace } from "./template.ts";

/** A request of the format `custom` with everything filled in. */
export interface FilledRequest {
  readonly method: string;
  readonly url: string;
  /** In the order of the hook's. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Paths that lead nowhere in this payload. */
  readonly missing: readonly string[];
}

export function customRequest(
  { url, headers, custom }: Pick<Hook, "url" | "headers" | "custom">,
  payload: WebhookPayload,
): FilledRequest {
  const missing = new Set<string>();
  const fill = (text: string, place: TemplatePlace) => fillIn(parseTemplate(text, place), payload, missing);
  return {
    method: custom?.method ?? "POST",
    url: fillInUrl(parseTemplate(url, "url"), payload, missing),
    headers: Object.entries(headers).map(([name, value]) => [name, asBytes(fill(value, "header"))]),
    body: Buffer.from(fill(custom?.body ?? "", placeOfBody(headers)).toWellFormed()),
    missing: [...missing],
  };
}

/** How values are escaped in a body, by its content type. Without one it is plain text. */
export function placeOfBody(headers: Hook["headers"]): TemplatePlace {
  const [, value = ""] = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type") ?? [];
  const type = (value.split(";")[0] ?? "").trim().toLowerCase();
  if (/^[\w.-]+\/(?:[\w.-]+\+)?json$/.test(type)) return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  return /^[\w.-]+\/(?:[\w.-]+\+)?(?:xml|html)$/.test(type) ? "xml" : "plain";
}

/** Headers are bytes: what receivers make of those beyond ASCII is UTF-8 nearly everywhere. */
function asBytes(text: string): string {
  return Buffer.from(text.toWellFormed()).toString("latin1");
}
