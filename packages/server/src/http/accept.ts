interface Quality {
  readonly q: number;
  /** 3 for the type itself, 2 for `application/*`, 1 for everything, 0 if nothing fits. */
  readonly specificity: number;
}

const NONE: Quality = { q: 0, specificity: 0 };

/**
 * Whether the answer is JSON: XML is the default of the protocol, JSON is for those whose `Accept` prefers it, or names
 * it beside something equally good (`application/json, text/plain, …`, the usual header of a JavaScript client).
 */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === "") return false;
  const json = qualityOf(accept, ["application/json"]);
  const xml = qualityOf(accept, ["text/xml", "application/xml"]);
  return json.q > 0 && (json.q > xml.q || (json.q === xml.q && json.specificity === 3));
}

/** The best quality of any of `types` (RFC 9110, 12.5.1: of the ranges that fit a type, the most specific one decides). */
function qualityOf(accept: string, types: readonly string[]): Quality {
  const ranges = accept.split(",").map(parseRange);
  let best = NONE;
  for (const type of types) {
    let decides = NONE;
    for (const { range, q } of ranges) {
      const specificity = range === type ? 3 : range === `${type.split("/")[0]}/*` ? 2 : range === "*/*" ? 1 : 0;
      if (specificity > decides.specificity) decides = { q, specificity };
    }
    if (decides.q > best.q) best = decides;
  }
  return best;
}

function parseRange(text: string): { readonly range: string; readonly q: number } {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const q = weight === undefined ? 1 : Number(weight.slice(weight.indexOf("=") + 1));
  return { range, q: q >= 0 && q <= 1 ? q : 0 };
}
