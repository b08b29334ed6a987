import type { Framing } from "./framing.ts";
import type { Interest } from "./interest.ts";
import type { Message } from "./ring.ts";
import type { LiveGroup, Subscriber } from "./subscriber.ts";

/** Bytes queued for one subscriber past which it is behind. */
const QUEUE_LIMIT = 1_048_576;

/** What a flush did. */
export interface Delivered {
  messages: number;
  bytes: number;
}

/**
 * Live subscribers that get the same bytes: same form, framing, filter and rights. What is new is gathered once for all
 * of them, and the flush writes it with one write per socket.
 */
export class Group implements LiveGroup {
  readonly key: string;
  readonly #framing: Framing;
  readonly #interest: Interest;
  readonly #members: Subscriber[] = [];
  #pending: Buffer[] = [];

  /** @param model a subscriber whose key, framing and interest are those of all members */
  constructor(model: Subscriber) {
    this.key = model.groupKey;
    this.#framing = model.connection.framing;
    this.#interest = model.interest;
  }

  get size(): number {
    return this.#members.length;
  }

  add(subscriber: Subscriber): void {
    subscriber.group = this;
    // The same for all of them: one is enough for a thousand.
    subscriber.interest = this.#interest;
    subscriber.index = this.#members.push(subscriber) - 1;
  }

  /** The last member takes the place of the one that leaves. */
  remove(subscriber: Subscriber): void {
    const last = this.#members.pop();
    if (last !== undefined && last !== subscriber) {
      this.#members[subscriber.index] = last;
      last.index = subscriber.index;
    }
    subscriber.group = undefined;
    subscriber.index = -1;
  }

  offer(message: Message): void {
    if (this.#interest.wants(message)) this.#pending.push(message.bytes);
  }

  /** Writes what is pending to all members; calls `onBehind` with those for whom it was too much. */
  flush(delivered: Delivered, onBehind: (subscriber: Subscriber) => void): void {
    const messages = this.#pending.length;
    if (messages === 0) return;
    const bytes = this.#framing.join(this.#pending);
    this.#pending = [];
    delivered.messages += messages * this.#members.length;
    delivered.bytes += bytes.length * this.#members.length;
    this.#write(bytes, onBehind);
  }

  /** Heartbeats: bytes that belong to no message. */
  tell(pieces: readonly Uint8Array[], onBehind: (subscriber: Subscriber) => void): void {
    this.#write(this.#framing.join(pieces), onBehind);
  }

  /** The hot path: nothing here allocates per member but the socket's own write. Backwards, because members may leave. */
  #write(bytes: Buffer, onBehind: (subscriber: Subscriber) => void): void {
    const members = this.#members;
    for (let index = members.length - 1; index >= 0; index--) {
      const member = members[index];
      if (member === undefined) continue;
      member.send(bytes);
      if (member.socket.writableLength > QUEUE_LIMIT) onBehind(member);
    }
  }
}
