import { SDKValidationError } from "../models/errors.ts";
import type { GetNotificationsRequest } from "../models/operations.ts";
import { Accepts } from "../models/shared.ts";
import { ERR, OK, type Result } from "../types/fp.ts";
import { clientFieldNames } from "./plex-headers.ts";

/** The request as its type says, or what is wrong with it. */
export function validateRequest(request: unknown): Result<GetNotificationsRequest, SDKValidationError> {
  const reason = problemOf(request);
  if (reason !== undefined) return ERR(new SDKValidationError("Input validation failed", reason, request));
  return OK(request as GetNotificationsRequest);
}

function problemOf(request: unknown): string | undefined {
  if (typeof request !== "object" || request === null || Array.isArray(request))
    return "the request must be an object; `{}` is one";
  const { filter, ...fields } = request as Readonly<Record<string, unknown>>;
  for (const name of clientFieldNames) {
    const value = fields[name];
    if (value !== undefined && typeof value !== "string") return `\`${name}\` must be a string`;
  }
  if (fields.accepts !== undefined && !Object.values<unknown>(Accepts).includes(fields.accepts))
    return `\`accepts\` must be ${Object.values(Accepts).join(" or ")}`;
  if (filter !== undefined && !(Array.isArray(filter) && filter.every((type) => typeof type === "string")))
    return "`filter` must be a list of strings";
  return undefined;
}
