import { STATUS_CODES } from "node:http";
import { encodeMediaContainerXml } from "@reelay/protocol";
import { type ErrorCode, errorReply, ReelayError } from "../support/index.ts";
import { prefersJson } from "./accept.ts";

/** What fastify's own errors mean to a caller; their messages name its parts and stay inside. */
const frameworkErrors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ["REELAY_BAD_REQUEST", "The path is not percent-encoded UTF-8."],
  FST_ERR_MAX_PARAM_LENGTH: ["REELAY_TOO_LARGE", "A part of the path is too long."],
  FST_ERR_CTP_BODY_TOO_LARGE: ["REELAY_TOO_LARGE", "The body is larger than this address reads."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["REELAY_BAD_REQUEST", "The body is not as long as Content-Length says."],
  FST_ERR_CTP_INVALID_JSON_BODY: ["REELAY_BAD_REQUEST", "The body is not valid JSON."],
};

/** Any error as one that may leave the server. What nobody foresaw becomes REELAY_INTERNAL, with the original as its cause. */
export function asReelayError(error: unknown, requestId?: string): ReelayError {
  if (error instanceof ReelayError) return error;
  const { code, statusCode } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly statusCode?: unknown;
  };
  const known = typeof code === "string" && Object.hasOwn(frameworkErrors, code) ? frameworkErrors[code] : undefined;
  if (known !== undefined) return new ReelayError(known[0], known[1], { cause: error });
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return new ReelayError("REELAY_BAD_REQUEST", undefined, { cause: error });
  }
  const detail = requestId === undefined ? undefined : `Request ${requestId}.`;
  return new ReelayError("REELAY_INTERNAL", detail, { cause: error });
}

/** An error as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * XML unless the request prefers JSON, as for every answer:
 * `<Response code="404" status="Not Found" error="REELAY_NOT_FOUND" cause="…" detail="…" remedy="…"/>` or
 * `{"error":{"code":"REELAY_NOT_FOUND","status":404,"cause":"…","detail":"…","remedy":"…"}}`.
 */
export function errorAnswer(error: ReelayError, accept: string | undefined): ErrorAnswer {
  const reply = errorReply(error);
  const { code, status, cause, detail, remedy } = reply;
  const json = prefersJson(accept);
  return {
    status,
    headers: {
      ...error.headers,
      "content-type": json ? "application/json; charset=utf-8" : "text/xml;charset=utf-8",
      "cache-control": "no-store",
      vary: "Accept",
      "x-reelay-error": code,
    },
    body: json
      ? JSON.stringify({ error: reply })
      : encodeMediaContainerXml(
          { code: status, status: STATUS_CODES[status] ?? "", error: code, cause, detail, remedy },
          "Response",
        ),
  };
}
