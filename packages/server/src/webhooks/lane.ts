import { Heap } from "./heap.ts";

/** A waiting delivery as its lane keeps it; what is sent stays in the database until it is. */
export interface Waiting {
  readonly seq: number;
  /** What order is kept for: only one at a time, the oldest first. */
  readonly key: string;
  /** Epoch ms. */
  dueAt: number;
  /** Attempts that count. 0: it was never sent, and may be held on purpose. */
  attempts: number;
}

/** The waiting deliveries of one hook, oldest first, and which of them may go out now. */
export class Lane {
  /** The `seq` through which it has read the database. */
  loadedThrough = 0;
  /** Nothing waits in the database that is not here too. */
  complete = false;
  readonly #waiting = new Map<number, Waiting>();
  readonly #queues = new Map<string, Waiting[]>();
  readonly #busy = new Map<string, number>();
  /** By `seq`: somebody looks on, so they go before all others. */
  readonly #asked = new Set<number>();
  /** Heads of their queues, the earliest due first. What was removed or has changed since is skipped. */
  readonly #heads = new Heap<{ readonly dueAt: number; readonly one: Waiting }>(
    (a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.one.seq < b.one.seq),
  );

  get size(): number {
    return this.#waiting.size;
  }

  /** Attempts under way. */
  get busy(): number {
    return this.#busy.size;
  }

  has(seq: number): boolean {
    return this.#waiting.has(seq);
  }

  /** In the order of `seq`. */
  add(one: Waiting): void {
    this.loadedThrough = Math.max(this.loadedThrough, one.seq);
    this.#put(one);
  }

  /** Goes out next, whatever is due, when it is the oldest of its key. What is not read yet stays to be read. */
  ask(one: Waiting): void {
    if (this.isBusy(one.seq)) return;
    this.remove(one.seq);
    this.#asked.add(one.seq);
    this.#put(one);
  }

  #put(one: Waiting): void {
    if (this.#waiting.has(one.seq)) return;
    this.#waiting.set(one.seq, one);
    const queue = this.#queues.get(one.key);
    if (queue === undefined) this.#queues.set(one.key, [one]);
    else queue.splice(queue.findLastIndex(({ seq }) => seq < one.seq) + 1, 0, one);
    this.#offer(one.key);
  }

  remove(seq: number): void {
    const one = this.#waiting.get(seq);
    if (one === undefined) return;
    this.#waiting.delete(seq);
    this.#asked.delete(seq);
    const queue = this.#queues.get(one.key) ?? [];
    const at = queue.indexOf(one);
    if (at >= 0) queue.splice(at, 1);
    if (queue.length === 0) this.#queues.delete(one.key);
    else if (at === 0) this.#offer(one.key);
  }

  /** The earliest time at which one may go out; undefined when none waits for time. */
  get nextDue(): number | undefined {
    return this.#head()?.dueAt;
  }

  /** One that was asked for may go out. */
  get isAsked(): boolean {
    return this.#askedOne() !== undefined;
  }

  /** Takes one that was asked for, else the one that is due longest; its key is busy until {@link done}. */
  take(now: number): Waiting | undefined {
    const one = this.#askedOne() ?? this.#head();
    if (one === undefined) return undefined;
    if (!this.#asked.has(one.seq)) {
      if (one.dueAt > now) return undefined;
      this.#heads.pop();
    }
    this.#busy.set(one.key, one.seq);
    return one;
  }

  #askedOne(): Waiting | undefined {
    for (const seq of this.#asked) {
      const one = this.#waiting.get(seq);
      if (one !== undefined && this.#queues.get(one.key)?.[0] === one && !this.#busy.has(one.key)) return one;
    }
    return undefined;
  }

  /** Its attempt is over: it is removed, or waits again. */
  done(one: Waiting, next: { readonly dueAt: number; readonly attempts: number } | undefined): void {
    this.#busy.delete(one.key);
    this.#asked.delete(one.seq);
    if (next === undefined) {
      this.remove(one.seq);
    } else {
      // It may have been read anew while its attempt was under way.
      const current = this.#waiting.get(one.seq);
      if (current !== undefined) Object.assign(current, next);
    }
    this.#offer(one.key);
  }

  isBusy(seq: number): boolean {
    const one = this.#waiting.get(seq);
    return one !== undefined && this.#busy.get(one.key) === seq;
  }

  /** Everything that has failed before is due now: the receiver is back. */
  release(now: number): void {
    this.#reschedule((one) => (one.attempts > 0 ? Math.min(one.dueAt, now) : one.dueAt));
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.#reschedule((one) => one.dueAt - ms);
  }

  /** Forgets everything but attempts under way. */
  drop(): void {
    this.#asked.clear();
    this.forget();
  }

  /** Forgets what waits, to read it again; attempts under way go on, and what is asked for is so still. */
  forget(): void {
    this.#waiting.clear();
    this.#queues.clear();
    this.#heads.clear();
    this.loadedThrough = 0;
    this.complete = false;
  }

  #reschedule(dueAt: (one: Waiting) => number): void {
    for (const one of this.#waiting.values()) one.dueAt = dueAt(one);
    this.#heads.clear();
    for (const key of this.#queues.keys()) this.#offer(key);
  }

  #offer(key: string): void {
    const head = this.#queues.get(key)?.[0];
    if (head !== undefined && !this.#busy.has(key)) this.#heads.push({ dueAt: head.dueAt, one: head });
  }

  #head(): Waiting | undefined {
    for (;;) {
      const entry = this.#heads.first;
      if (entry === undefined) return undefined;
      const { one, dueAt } = entry;
      const current = this.#queues.get(one.key)?.[0];
      if (current === one && one.dueAt === dueAt && !this.#busy.has(one.key)) return one;
      this.#heads.pop();
    }
  }
}
