import { setImmediate as nextTurn } from "node:timers/promises";
import { type EventLog, formatPosition, type LogEntry, toNotification } from "../events/index.ts";
import type { Logger } from "../support/index.ts";
import type { Delivered } from "./group.ts";
import type { Ring } from "./ring.ts";
import type { Subscriber } from "./subscriber.ts";

/** How long replays may keep the event loop before everything else has its turn. */
const SLICE_MS = 5;
/** Written to one socket before the next subscriber's turn: enough for the kernel to be busy with, little to hold. */
const STEP_BYTES = 262_144;
/** Read from the log at once. */
const STEP_ENTRIES = 500;
const RETRY_MS = 1_000;

/** What replays need of the hub. */
export interface Live {
  readonly log: EventLog;
  readonly logger: Logger;
  /** Through which `seq` live subscribers have been written to. */
  readonly flushed: number;
  readonly delivered: Delivered;
  ringOf(subscriber: Subscriber): Ring;
  /** Takes a subscriber that is exactly at `flushed` among the live ones; false if it is not there (any more). */
  join(subscriber: Subscriber): boolean;
}

/**
 * Brings subscribers that are not live to where the live ones are: one step each in turn, in slices that leave the event
 * loop free, each at the pace of its own socket. They share one queue, so many slow readings are slow together, but no
 * live subscriber waits for them.
 */
export class Replays {
  readonly #hub: Live;
  /** Whose turn it is next; a Set keeps the order and knows who is waiting already. */
  readonly #queue = new Set<Subscriber>();
  /** Those who begin after what the hub has flushed: the log told them a newer end than the hub has seen. */
  readonly #ahead = new Set<Subscriber>();
  #running = false;

  constructor(hub: Live) {
    this.#hub = hub;
  }

  /** Takes on a subscriber; joins it at once where nothing is missing. */
  begin(subscriber: Subscriber): void {
    // What was gone before it came was told, or not asked for.
    subscriber.lossKnownThrough ??= this.#hub.log.completeAfter(subscriber.interest.families);
    if (!this.#hub.join(subscriber)) this.#enqueue(subscriber);
  }

  /** Takes on a subscriber when its socket has drained. */
  beginAfterDrain(subscriber: Subscriber): void {
    subscriber.socket.once("drain", () => this.#enqueue(subscriber));
  }

  /** The hub has flushed. */
  flushed(): void {
    for (const subscriber of this.#ahead) this.#enqueue(subscriber);
    this.#ahead.clear();
  }

  forget(subscriber: Subscriber): void {
    this.#queue.delete(subscriber);
    this.#ahead.delete(subscriber);
  }

  #enqueue(subscriber: Subscriber): void {
    if (subscriber.closed) return;
    this.#queue.add(subscriber);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    await nextTurn();
    let sliceEnd = performance.now() + SLICE_MS;
    for (const subscriber of this.#queue) {
      this.#queue.delete(subscriber);
      try {
        await this.#step(subscriber);
      } catch (error) {
        this.#hub.logger.error({ err: error }, "a stream cannot be resumed from the log, trying again");
        setTimeout(() => this.#enqueue(subscriber), RETRY_MS).unref();
      }
      if (performance.now() >= sliceEnd) {
        await nextTurn();
        sliceEnd = performance.now() + SLICE_MS;
      }
    }
    this.#running = false;
  }

  async #step(subscriber: Subscriber): Promise<void> {
    const hub = this.#hub;
    if (subscriber.position > hub.flushed) {
      this.#ahead.add(subscriber);
      return;
    }
    const through = hub.flushed;
    if (subscriber.position < through) {
      if (subscriber.position >= hub.ringOf(subscriber).coversAfter) this.#fromRing(subscriber, through);
      else this.#fromLog(subscriber, await hub.log.read(subscriber.position, STEP_ENTRIES), through);
    }
    // Nothing is awaited from here on: between the last message of the replay and the first live one there is no gap.
    if (subscriber.closed || hub.join(subscriber)) return;
    if (subscriber.socket.writableNeedDrain) this.beginAfterDrain(subscriber);
    else this.#enqueue(subscriber);
  }

  #fromRing(subscriber: Subscriber, through: number): void {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let reached = through;
    for (const message of this.#hub.ringOf(subscriber).after(subscriber.position, through)) {
      if (bytes >= STEP_BYTES) {
        reached = message.seq - 1;
        break;
      }
      if (!subscriber.interest.wants(message)) continue;
      pieces.push(message.bytes);
      bytes += message.bytes.length;
    }
    this.#write(subscriber, pieces, bytes, reached);
  }

  #fromLog(subscriber: Subscriber, entries: readonly LogEntry[], through: number): void {
    if (subscriber.closed) return;
    const pieces = this.#lossSince(subscriber);
    let bytes = 0;
    // Fewer than asked for: there is no more up to the end that was known before reading.
    let reached = entries.length < STEP_ENTRIES ? through : Math.min(through, entries.at(-1)?.seq ?? through);
    for (const { seq, event } of entries) {
      if (seq > through) break;
      if (bytes >= STEP_BYTES) {
        reached = seq - 1;
        break;
      }
      const told = subscriber.form.tell(event, toNotification(event));
      if (told === undefined || !subscriber.interest.wants({ ...event, type: told.type })) continue;
      const piece = told.encode(formatPosition(this.#hub.log.epoch, seq));
      pieces.push(piece);
      bytes += piece.length;
    }
    this.#write(subscriber, pieces, bytes, reached);
  }

  /** The notice of what retention removed in front of a reading that is slower than it. */
  #lossSince(subscriber: Subscriber): Buffer[] {
    const { log } = this.#hub;
    const complete = log.completeAfter(subscriber.interest.families);
    if (complete <= Math.max(subscriber.position, subscriber.lossKnownThrough ?? 0)) return [];
    subscriber.lossKnownThrough = complete;
    const from = formatPosition(log.epoch, subscriber.position);
    const notice = subscriber.form.gap({ reason: "retention", from, to: formatPosition(log.epoch, complete) }, from);
    return notice === undefined ? [] : [notice];
  }

  #write(subscriber: Subscriber, pieces: readonly Buffer[], bytes: number, reached: number): void {
    subscriber.write(pieces);
    subscriber.position = reached;
    this.#hub.delivered.messages += pieces.length;
    this.#hub.delivered.bytes += bytes;
  }
}
