import { systemClock } from "../support/index.ts";

/** What listens on a port: another Reelay, a Plex server, or something else (or nothing that answers in time). */
export type Neighbour = "reelay" | "plex" | "other";

/** Looks who answers at `/identity`, as every Plex server does without a token. */
export async function whoIsThere(port: number, timeoutMs = 500): Promise<Neighbour> {
  const stop = new AbortController();
  const cancel = systemClock.after(timeoutMs, () => stop.abort());
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/identity`, { signal: stop.signal, redirect: "manual" });
    if (answer.headers.has("x-reelay")) {
      await answer.body?.cancel();
      return "reelay";
    }
    return (await firstBytes(answer)).includes("machineIdentifier") ? "plex" : "other";
  } catch {
    // Whatever went wrong, no media server was recognised; that is the answer.
    return "other";
  } finally {
    cancel();
    stop.abort();
  }
}

/** The body's beginning: a stranger may send without end. */
async function firstBytes(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > 4_096) break;
  }
  return text;
}
