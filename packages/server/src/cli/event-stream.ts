import { setTimeout as delay } from "node:timers/promises";
import { type SseEvent, SseParser } from "@reelay/protocol";
import { type Clock, ReelayError, systemClock } from "../support/index.ts";
import { errorOf, type ServerAddress, tokenHeader } from "./api.ts";

/** Reelay sends something each 10 s; after two and a half times that the connection is dead, whatever TCP thinks. */
const SILENCE_MS = 25_000;
const FIRST_BACK_OFF_MS = 250;
const LAST_BACK_OFF_MS = 5_000;

export type StreamItem =
  | { readonly kind: "event"; readonly event: SseEvent }
  | { readonly kind: "lost" }
  | { readonly kind: "back"; readonly position: string };

export interface FollowOptions {
  /** Where the server is now; undefined while none runs. */
  readonly address: () => ServerAddress | undefined;
  /** Of the `filters` parameter. */
  readonly filters?: string | undefined;
  /** A position, or `earliest`. */
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Milliseconds before attempt 0, 1, 2 … at a lost connection. */
  readonly backOff?: (attempt: number) => number;
}

/** Doubling up to 5 s, each time a random part of it: many clients of one server do not come back in one moment. */
function usualBackOff(attempt: number): number {
  return Math.min(LAST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/**
 * The events of a server, on and on: after a lost connection it comes back and goes on where it was. Ends when `signal`
 * is aborted.
 * @throws REELAY_SERVER_UNREACHABLE if there is no server at the beginning, REELAY_UNAUTHORIZED and other errors that waiting does not cure.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<StreamItem, void, undefined> {
  const { signal, backOff = usualBackOff } = options;
  let position = options.since;
  let wasConnected = false;
  for (let attempt = 0; !signal.aborted; attempt++) {
    const address = options.address();
    try {
      if (address === undefined) throw new ReelayError("REELAY_SERVER_UNREACHABLE");
      const connection = await connect(address, position, options);
      if (connection === undefined) return;
      if (wasConnected) yield { kind: "back", position: position ?? "" };
      wasConnected = true;
      attempt = -1;
      for await (const event of connection) {
        position = event.lastEventId || position;
        yield { kind: "event", event };
      }
    } catch (error) {
      if (signal.aborted) return;
      const tokenChanged = options.address()?.token !== address?.token;
      if (!wasConnected || (isFinal(error) && !tokenChanged)) throw unreachable(error, address);
    }
    if (attempt === -1) yield { kind: "lost" };
    await delay(backOff(Math.max(0, attempt)), undefined, { signal }).catch(() => undefined);
  }
}

/** Undefined for 204: the server wants no more requests. */
async function connect(
  address: ServerAddress,
  position: string | undefined,
  { filters, signal, clock = systemClock }: FollowOptions,
): Promise<AsyncGenerator<SseEvent, void, undefined> | undefined> {
  const silence = new AbortController();
  const startTimer = () => clock.after(SILENCE_MS, () => silence.abort(new Error("silent for too long")));
  let stopTimer = startTimer();
  const query = filters === undefined ? "" : `?${new URLSearchParams({ filters })}`;
  let response: Response;
  try {
    response = await fetch(`${address.url}/:/eventsource/notifications${query}`, {
      headers: {
        ...tokenHeader(address),
        // Errors as JSON, please.
        accept: "text/event-stream, application/json;q=0.5",
        ...(position === undefined ? {} : { "last-event-id": position }),
      },
      redirect: "manual",
      signal: AbortSignal.any([signal, silence.signal]),
    });
  } catch (error) {
    stopTimer();
    throw error;
  }
  if (response.status === 204) {
    stopTimer();
    return undefined;
  }
  if (!response.ok || response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    stopTimer();
    throw await errorOf(response);
  }
  const { body } = response;
  return (async function* () {
    const parser = new SseParser();
    try {
      for await (const chunk of body ?? []) {
        stopTimer();
        stopTimer = startTimer();
        for (const item of parser.push(chunk)) if (item.kind === "event") yield item;
      }
    } finally {
      stopTimer();
    }
  })();
}

/** Whether trying again is no use: the server answered, and what it said will not change by itself. */
function isFinal(error: unknown): boolean {
  return error instanceof ReelayError && error.status < 500;
}

function unreachable(error: unknown, address: ServerAddress | undefined): unknown {
  if (error instanceof ReelayError) return error;
  const detail = address === undefined ? undefined : `Nothing answers at ${address.url}.`;
  return new ReelayError("REELAY_SERVER_UNREACHABLE", detail, { cause: error });
}
