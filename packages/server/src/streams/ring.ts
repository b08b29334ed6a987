import type { Audience } from "../events/index.ts";

/** A notification, encoded in one form, with what decides who gets it. */
export interface Message {
  readonly seq: number;
  readonly type: string;
  readonly audience: Audience;
  /** Machine identifier of the server that it is about. */
  readonly origin: string | undefined;
  readonly bytes: Buffer;
}

/** What a message costs beside its bytes, roughly, so that many small ones are bounded as well. */
const OVERHEAD = 128;

/** The newest messages of one form, so that a storm of reconnects is copied instead of read and encoded again. */
export class Ring {
  readonly #capacity: number;
  #messages: Message[] = [];
  /** Index of the oldest message that counts; those before it are cut off from time to time. */
  #oldest = 0;
  #size = 0;
  #coversAfter: number;

  /**
   * @param capacity bytes
   * @param head the newest `seq` before the first message that will be pushed
   */
  constructor(capacity: number, head: number) {
    this.#capacity = capacity;
    this.#coversAfter = head;
  }

  /** Every message with a greater `seq` is here. */
  get coversAfter(): number {
    return this.#coversAfter;
  }

  push(message: Message): void {
    this.#messages.push(message);
    this.#size += message.bytes.length + OVERHEAD;
    while (this.#size > this.#capacity) {
      const dropped = this.#messages[this.#oldest++];
      if (dropped === undefined) break;
      this.#size -= dropped.bytes.length + OVERHEAD;
      this.#coversAfter = dropped.seq;
    }
    // Cut when half of the array is dead, so that the cost of moving is spread.
    if (this.#oldest > 1_024 && this.#oldest * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  /** The messages after `from`, up to and including `through`, in order. */
  *after(from: number, through: number): Generator<Message> {
    for (let index = this.#firstAfter(from); index < this.#messages.length; index++) {
      const message = this.#messages[index];
      if (message === undefined || message.seq > through) return;
      yield message;
    }
  }

  #firstAfter(seq: number): number {
    let low = this.#oldest;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#messages[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
