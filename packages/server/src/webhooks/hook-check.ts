import { ReelayError } from "../support/index.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { placeOfBody } from "./custom-request.ts";
import { requireFixedServer } from "./custom-url.ts";
import type { CustomRequest, Hook, Reach } from "./hook.ts";
import { hookLimits } from "./hook-limits.ts";
import { fillInSample, parseTemplate, type Template, TemplateError, type TemplatePlace } from "./template.ts";
import { requireKnownPaths } from "./template-paths.ts";

/** What of a hook is to be checked as a whole. */
export type CheckedParts = Pick<Hook, "url" | "format" | "headers" | "maxAge" | "settleMs"> & {
  readonly custom?: CustomRequest | undefined;
};

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;

const STEP = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** What says where a message begins and ends, or where it goes, is the client's business. */
const NEVER = /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*)$/i;
/** What receivers believe of a request is not for a setting to say. */
const OURS = /^(?:webhook-.*|reelay-.*)$/i;
/** Of the formats plex and json these are a part. */
const OF_FORMAT = /^(?:content-type|user-agent)$/i;

/**
 * @param owner whether it is a hook of the owner's
 * @throws REELAY_INVALID_PARAMETER, REELAY_HOOK_URL_REFUSED, REELAY_FORBIDDEN
 */
export function checkHook(hook: CheckedParts, owner: boolean, policy: AddressPolicy): void {
  const custom = hook.format === "custom";
  if (custom && !owner) {
    throw new ReelayError("REELAY_FORBIDDEN", "format: requests of one's own are for the owner's hooks only.");
  }
  if (custom !== (hook.custom !== undefined)) {
    throw invalid("custom", custom ? "the format custom needs it" : "it belongs to the format custom");
  }
  checkUrl(hook.url, custom, reachOf(owner), policy);
  checkHeaders(hook.headers, custom);
  if (hook.custom !== undefined) checkBody(hook.custom, hook.headers);
  checkAge(hook);
}

/** No stop or pause would ever be sent. */
function checkAge({ maxAge: { live }, settleMs }: CheckedParts): void {
  if (live === null || settleMs < live) return;
  throw invalid("settleMs", `what is held back for ${settleMs} ms is too old by then: maxAge.live is ${live} ms`);
}

/** How far the hooks of an account may go. */
export function reachOf(owner: boolean): Reach {
  return owner ? "anywhere" : "public";
}

function checkUrl(url: string, custom: boolean, reach: Reach, policy: AddressPolicy): void {
  let sample = url;
  if (!custom) requireNoPlaceholder(url, "url");
  else {
    sample = fillInSample(template(url, "url", "url"));
    if (url.includes("{{")) attempt("url", () => requireFixedServer(url));
  }
  if (/[\s\p{Cc}\\]/u.test(sample)) throw invalid("url", "blanks, control characters and \\ must be percent-encoded");
  if (custom && /[{}]/.test(sample)) throw invalid("url", "{ and } that are no placeholder must be percent-encoded");
  // In a path that is filled in they are taken for a title, and encoded.
  if (custom && STEP.test(url.split(/[?#]/, 1)[0] ?? "")) throw invalid("url", "its path must have no . and .. in it");
  policy.check(sample, reach);
}

function checkHeaders(headers: Hook["headers"], custom: boolean): void {
  const names = Object.keys(headers);
  if (names.length > hookLimits.headers) throw invalid("headers", `at most ${hookLimits.headers} of them`);
  const seen = new Set<string>();
  for (const name of names) {
    const value = headers[name] ?? "";
    const shown = `headers.${name.slice(0, hookLimits.headerName)}`;
    if (!TOKEN.test(name) || name.length > hookLimits.headerName) throw invalid(shown, "it is no name of a header");
    if (NEVER.test(name) || OURS.test(name) || (!custom && OF_FORMAT.test(name))) {
      throw invalid(shown, "this header is set by Reelay");
    }
    if (seen.has(name.toLowerCase())) throw invalid(shown, "it is there twice");
    seen.add(name.toLowerCase());
    if (!VALUE.test(value) || value.length > hookLimits.headerValue) {
      throw invalid(shown, `its value must be at most ${hookLimits.headerValue} ASCII characters on one line`);
    }
    if (custom) template(value, "header", shown);
    else requireNoPlaceholder(value, shown);
  }
}

function checkBody({ method, body }: CustomRequest, headers: Hook["headers"]): void {
  if (body !== "" && method === "GET") throw invalid("custom.body", "a GET has none");
  const place = placeOfBody(headers);
  const sample = fillInSample(template(body, place, "custom.body"));
  if (place !== "json" || body === "") return;
  try {
    JSON.parse(sample);
  } catch (error) {
    throw invalid("custom.body", `with null for each placeholder it is no JSON: ${(error as Error).message}`);
  }
}

function template(text: string, place: TemplatePlace, field: string): Template {
  return attempt(field, () => {
    const parsed = parseTemplate(text, place);
    requireKnownPaths(parsed);
    return parsed;
  });
}

/** It would be sent as it stands. */
function requireNoPlaceholder(text: string, field: string): void {
  if (/\{\{.*\}\}/.test(text)) throw invalid(field, "{{…}} belongs to the format custom");
}

function attempt<T>(field: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TemplateError) throw invalid(field, error.message);
    throw error;
  }
}

function invalid(field: string, what: string): ReelayError {
  return new ReelayError("REELAY_INVALID_PARAMETER", `${field} (body): ${what}.`);
}
