import type { RetryConfig } from "../lib/retries.ts";
import { SDKError } from "../models/errors.ts";
import { isConnectionFailure } from "./deadline.ts";

const defaultBackoff = { initialInterval: 500, maxInterval: 60_000, exponent: 1.5, maxElapsedTime: 3_600_000 };
const defaultCodes = ["429", "500", "502", "503", "504"];

/** Calls `attempt` until it succeeds, fails for good, or the time for retries is over. @throws what the last attempt threw */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  config: RetryConfig = { strategy: "none" },
  codes: readonly string[] = defaultCodes,
  signal?: AbortSignal | null,
): Promise<T> {
  if (config.strategy !== "backoff") return attempt();
  const { initialInterval, maxInterval, exponent, maxElapsedTime } = config.backoff ?? defaultBackoff;
  const start = Date.now();
  for (let retries = 0; ; retries++) {
    try {
      return await attempt();
    } catch (error) {
      const refused = error instanceof SDKError ? error : undefined;
      const isRetried = refused
        ? codes.some((code) => new RegExp(`^${code.replace(/x/gi, "\\d")}$`).test(String(refused.statusCode)))
        : config.retryConnectionErrors === true && isConnectionFailure(error);
      if (!isRetried || signal?.aborted || Date.now() - start > maxElapsedTime) throw error;
      const wait = retryAfter(refused?.headers) ?? initialInterval * retries ** exponent + Math.random() * 1_000;
      await pause(Math.min(wait, maxInterval), signal);
    }
  }
}

/** The milliseconds that an answer asks to wait; undefined if it does not say. */
export function retryAfter(headers: Headers | undefined, now = Date.now()): number | undefined {
  const value = headers?.get("retry-after")?.trim();
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** Ends early, without an error, when the signal is aborted: the next attempt will say so. */
function pause(milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}
