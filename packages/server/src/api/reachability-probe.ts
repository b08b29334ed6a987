import { isIPv6 } from "node:net";

/** What a probe needs of the network: `fetch`, or what a test puts in its place. */
export type Fetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly redirect: "manual" },
) => Promise<Response>;

/** More than `/identity` has. */
const MOST_BYTES = 4_096;

/** The address under which a server is reached that listens on `port`. */
export function publicUrl(address: string, port: number, scheme: "http" | "https" = "http"): string {
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/**
 * Whether this very server answers under `url`: anything else that answers there, such as a router's own page, is
 * another machine.
 */
export async function answersAsItself(
  fetch: Fetch,
  url: string,
  machineIdentifier: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/identity`, { signal, redirect: "manual" });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MOST_BYTES) break;
    }
    return answer.status === 200 && text.includes(machineIdentifier);
  } catch {
    // Refused, timed out, reset: whatever it was, nobody was reached.
    return false;
  }
}
