import { formatPosition, type LogEntry, toNotification } from "../events/index.ts";
import type { Logger } from "../support/index.ts";
import { Channel } from "./channel.ts";
import type { Form } from "./forms.ts";
import type { Delivered } from "./group.ts";
import type { Standing } from "./standing.ts";
import type { Subscriber } from "./subscriber.ts";

/** Heartbeats for which a form without streams is still encoded: clients that were all cut at once come back to its ring. */
const FORM_KEPT_BEATS = 30;

/**
 * The channels of all forms in use, fed together.
 *
 * `flushed` is the one number that everything hangs on: all live subscribers have been written everything up to it and
 * nothing after it. So a subscriber that has read the log exactly that far becomes live without gap or duplicate.
 */
export class Channels {
  readonly delivered: Delivered = { messages: 0, bytes: 0 };
  readonly #epoch: string;
  readonly #ringBytes: number;
  readonly #logger: Logger;
  readonly #channels = new Map<string, Channel>();
  #head: number;
  #flushed: number;
  #pendingBytes = 0;

  constructor(options: {
    readonly epoch: string;
    readonly head: number;
    readonly ringBytes: number;
    readonly logger: Logger;
  }) {
    this.#epoch = options.epoch;
    this.#head = options.head;
    this.#flushed = options.head;
    this.#ringBytes = options.ringBytes;
    this.#logger = options.logger;
  }

  /** Through which `seq` entries are in the rings and pending in the groups. */
  get head(): number {
    return this.#head;
  }

  get flushed(): number {
    return this.#flushed;
  }

  /** What waits for the flush, in the form in which it is longest. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get groups(): number {
    return [...this.#channels.values()].reduce((sum, channel) => sum + channel.groups.size, 0);
  }

  of(form: Form): Channel {
    let channel = this.#channels.get(form.key);
    if (channel === undefined) {
      channel = new Channel(form, this.#ringBytes, this.#head);
      this.#channels.set(form.key, channel);
    }
    return channel;
  }

  /** Writes something that is in no log, right after a flush, to all live subscribers that may see it. */
  announce(
    { notification, audience }: Standing,
    origin: string | undefined,
    onBehind: (subscriber: Subscriber) => void,
  ): void {
    const position = formatPosition(this.#epoch, this.#flushed);
    for (const channel of this.#channels.values()) {
      const told = channel.form.announce(notification);
      const message = { seq: this.#flushed, type: told.type, audience, origin, bytes: told.encode(position) };
      for (const group of channel.groups.values()) {
        group.offer(message);
        group.flush(this.delivered, onBehind);
      }
    }
  }

  /** Encodes the next entry once per form and offers it to all groups. */
  project({ seq, event }: LogEntry): void {
    this.#head = seq;
    if (this.#channels.size === 0) return;
    try {
      const notification = toNotification(event);
      const position = formatPosition(this.#epoch, seq);
      let longest = 0;
      for (const channel of this.#channels.values()) {
        const told = channel.form.tell(event, notification);
        if (told === undefined) continue;
        const bytes = told.encode(position);
        channel.publish({ seq, type: told.type, audience: event.audience, origin: event.origin, bytes });
        longest = Math.max(longest, bytes.length);
      }
      this.#pendingBytes += longest;
    } catch (error) {
      // One entry that cannot be written must not end the streams of all others.
      this.#logger.error({ err: error, seq, type: event.type }, "an event cannot be sent");
    }
  }

  /** Writes what is pending to all live subscribers; false if nothing was. */
  flush(onBehind: (subscriber: Subscriber) => void): boolean {
    if (this.#flushed === this.#head) return false;
    this.#flushed = this.#head;
    this.#pendingBytes = 0;
    for (const channel of this.#channels.values()) {
      for (const group of channel.groups.values()) group.flush(this.delivered, onBehind);
    }
    return true;
  }

  /** Right after a flush: the heartbeat of all live subscribers. */
  beat(onBehind: (subscriber: Subscriber) => void): void {
    const position = formatPosition(this.#epoch, this.#flushed);
    for (const channel of this.#channels.values()) {
      const pieces = [channel.form.heartbeat(position)];
      for (const group of channel.groups.values()) group.tell(pieces, onBehind);
      channel.unused = channel.streams === 0 ? channel.unused + 1 : 0;
      if (channel.unused > FORM_KEPT_BEATS) this.#channels.delete(channel.form.key);
    }
  }
}
