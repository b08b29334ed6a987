/** What of a file is asked for: all of it, a part from `start` to `end` inclusive, or one that does not exist. */
export type ByteRange = "whole" | "unsatisfiable" | { readonly start: number; readonly end: number };

/**
 * The one range of a Range header (RFC 9110, 14.1.2). Several ranges, other units and what cannot be read are answered
 * with the whole file, as the RFC allows.
 */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const [, first, last] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return "whole";
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}

/** How a file is recognised in a later request. */
export interface Validators {
  /** Strong, in quotes. */
  readonly etag: string;
  /** Epoch ms. */
  readonly modifiedAt: number;
}

interface Conditions {
  readonly [header: string]: string | string[] | undefined;
}

/** Whether the caller has the file already (RFC 9110, 13.1: an entity tag counts before a date). */
export function isUnmodified(headers: Conditions, { etag, modifiedAt }: Validators): boolean {
  const tags = headers["if-none-match"];
  if (typeof tags === "string") return tags.trim() === "*" || tags.split(",").some((tag) => weak(tag) === etag);
  const since = dateOf(headers["if-modified-since"]);
  return since !== undefined && Math.floor(modifiedAt / 1000) * 1000 <= since;
}

/** Whether the caller wants it only as it was, and it is not any more (RFC 9110, 13.1.1 and 13.1.4). */
export function isPreconditionFailed(headers: Conditions, { etag, modifiedAt }: Validators): boolean {
  const tags = headers["if-match"];
  if (typeof tags === "string") return tags.trim() !== "*" && !tags.split(",").some((tag) => tag.trim() === etag);
  const since = dateOf(headers["if-unmodified-since"]);
  return since !== undefined && Math.floor(modifiedAt / 1000) * 1000 > since;
}

/** Whether a range may be served: its If-Range, if there is one, names the file as it is (RFC 9110, 13.1.5). */
export function isRangeCurrent(header: string | undefined, { etag, modifiedAt }: Validators): boolean {
  if (header === undefined) return true;
  if (header.trim().startsWith('"')) return header.trim() === etag;
  return dateOf(header) === Math.floor(modifiedAt / 1000) * 1000;
}

function weak(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}

function dateOf(header: string | string[] | undefined): number | undefined {
  const time = typeof header === "string" ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
