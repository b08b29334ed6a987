/** What the header of a part says. */
export interface MultipartHead {
  /** The field's name; `""` if it has none. */
  readonly name: string;
  /** Present on what was sent as a file. */
  readonly filename?: string;
  /** Lower case, without parameters. */
  readonly contentType?: string;
}

/** The boundary that a `Content-Type` names; undefined if it is not multipart, or names none that RFC 2046 allows. */
export function multipartBoundaryOf(contentType: string | null | undefined): string | undefined {
  if (!contentType || contentType.length > 1024 || !/^\s*multipart\//i.test(contentType)) return undefined;
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;",]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare ?? "";
  return /^[\x20-\x7e]{1,70}$/.test(boundary) && !boundary.endsWith(" ") ? boundary : undefined;
}

/** Reads the lines of a part's header. What is unknown or malformed is left out: senders differ, and only two fields matter. */
export function readMultipartHead(text: string): MultipartHead {
  let name = "";
  let filename: string | undefined;
  let contentType: string | undefined;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const field = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (field === "content-disposition") {
      name = parameterOf(value, "name") ?? "";
      filename = parameterOf(value, "filename");
    } else if (field === "content-type") {
      contentType = value.split(";", 1)[0]?.trim().toLowerCase();
    }
  }
  return { name, ...(filename === undefined ? {} : { filename }), ...(contentType ? { contentType } : {}) };
}

/** A parameter's value: quoted, with `\"` or `%22` for a quote as senders differ, or bare. */
function parameterOf(value: string, wanted: string): string | undefined {
  for (const [, key = "", quoted, bare] of value.matchAll(/;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g)) {
    if (key.toLowerCase() !== wanted) continue;
    return quoted === undefined ? bare?.trim() : quoted.replace(/\\(["\\])/g, "$1").replaceAll("%22", '"');
  }
  return undefined;
}
