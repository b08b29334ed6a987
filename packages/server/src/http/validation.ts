import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import { ReelayError } from "../support/index.ts";

/**
 * The query, checked. Of a repeated parameter the last value counts.
 * @throws REELAY_INVALID_PARAMETER that names the parameter and what is allowed.
 */
export function parseQuery<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  return check(schema, request.query, "query");
}

/** The variable parts of the path, checked. @throws REELAY_INVALID_PARAMETER */
export function parseParams<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  return check(schema, request.params, "path");
}

/** The JSON body, checked. @throws REELAY_INVALID_PARAMETER */
export function parseBody<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  return check(schema, request.body, "body");
}

function check<S extends z.ZodType>(schema: S, value: unknown, where: "query" | "path" | "body"): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map(({ path, message }) => {
    return path.length === 0 ? `The ${where}: ${message}.` : `${path.join(".")} (${where}): ${message}.`;
  });
  throw new ReelayError("REELAY_INVALID_PARAMETER", problems.join(" "));
}
