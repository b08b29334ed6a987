/** What can be wrong with bytes or text that somebody else sent. The list is closed, so that callers can switch on it. */
export type WireErrorCode =
  /** The text is not JSON. */
  | "not-json"
  /** JSON, but not a notification document. */
  | "not-a-notification"
  /** A notification document in which an entry is not an object. */
  | "bad-entry"
  /** The text is not well-formed XML. */
  | "not-xml"
  /** XML with a DOCTYPE, which is refused whatever it says. */
  | "doctype"
  /** The body is not `multipart/form-data`, or ends before its end. */
  | "not-multipart"
  /** Neither a multipart body with a `payload` nor JSON, or the payload is not that of a webhook. */
  | "not-a-webhook"
  /** Nested deeper, or longer, than the reader was told to accept. */
  | "too-large";

/** A problem found in input. A value, not an exception: readers of this package never throw on bad input. */
export interface WireError {
  readonly code: WireErrorCode;
  /** One sentence for a person; never contains the input itself. */
  readonly message: string;
  /** Where in the input (UTF-16 code units from its start), if the reader knows. */
  readonly offset?: number;
}

/** Either what was read, or why it could not be. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure(code: WireErrorCode, message: string, offset?: number): { ok: false; error: WireError } {
  return { ok: false, error: offset === undefined ? { code, message } : { code, message, offset } };
}
