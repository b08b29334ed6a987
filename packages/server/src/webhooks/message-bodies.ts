import type { Outgoing } from "./outgoing.ts";
import { encodeBody, type RequestBody } from "./request-body.ts";

/** Kept in memory, bytes: what goes to several hooks goes to them at about the same time. */
const MOST_BYTES = 8 * 1_048_576;

interface Kept extends RequestBody {
  readonly thumb: Uint8Array | undefined;
}

/** The bodies of messages, each encoded once for all hooks that are sent the same. */
export class MessageBodies {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  of({ hook, message, text, seed, thumb: given }: Outgoing): RequestBody {
    const thumb = hook.thumb ? given : undefined;
    if (message === undefined) return encodeBody(hook, text, thumb, seed);
    const key = `${message} ${hook.format} ${thumb !== undefined}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.thumb === thumb) return kept;
    const made = { ...encodeBody(hook, text, thumb, seed), thumb };
    if (kept === undefined) this.#keep(key, made);
    return made;
  }

  #keep(key: string, made: Kept): void {
    this.#kept.set(key, made);
    this.#bytes += made.body.length;
    for (const [oldest, { body }] of this.#kept) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= body.length;
    }
  }
}
