import { retryAfter } from "../client/retry.ts";
import { InvalidRequestError, PlexAPIError, SDKError, SDKValidationError } from "../models/errors.ts";

/** What follows from a connection that failed or ended. */
export type Decision =
  /** It will not get better. */
  | { readonly kind: "end" }
  /** At once, with a token that is asked for again. */
  | { readonly kind: "new-token" }
  /** At once, by the next way there is; if this was the last, later from the first. */
  | { readonly kind: "next-route" }
  /** After the usual wait, or this one if it is longer. */
  | { readonly kind: "wait"; readonly atLeastMs?: number };

export interface Circumstances {
  readonly transport: "websocket" | "eventsource";
  /** A way of the other kind is left. */
  readonly hasOtherTransport: boolean;
  /** The token comes from a function, which was not asked again since it last worked. */
  readonly canRefreshToken: boolean;
  readonly now: number;
}

/** Which answers pass: the others say that the same request will be refused again. */
const isPassing = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;

export function decide(error: Error | undefined, circumstances: Circumstances): Decision {
  if (error instanceof InvalidRequestError || error instanceof SDKValidationError) return { kind: "end" };
  if (!(error instanceof PlexAPIError)) return { kind: "wait" };
  const status = error.statusCode;
  if (status === 204) return { kind: "end" };
  if (status === 401 || status === 403) return { kind: circumstances.canRefreshToken ? "new-token" : "end" };
  if (status === 404) return { kind: "next-route" };
  // A proxy that does not upgrade, or a server that does not know how.
  const isUpgradeRefused = !isPassing(status) || status === 501 || status === 505;
  if (circumstances.transport === "websocket" && circumstances.hasOtherTransport && isUpgradeRefused)
    return { kind: "next-route" };
  if (error instanceof SDKError && !isPassing(status)) return { kind: "end" };
  const atLeastMs = retryAfter(error.headers, circumstances.now);
  return atLeastMs === undefined ? { kind: "wait" } : { kind: "wait", atLeastMs };
}
