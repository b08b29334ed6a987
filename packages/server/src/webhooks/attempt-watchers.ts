/** Who waits for the next attempt of a delivery. */
export class AttemptWatchers {
  readonly #waiting = new Map<number, () => void>();

  /** Settles after the next attempt of this delivery, or when it ends without one. */
  attempted(seq: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(seq, resolve);
    return promise;
  }

  tell(seq: number): void {
    this.#waiting.get(seq)?.();
    this.#waiting.delete(seq);
  }

  tellAll(): void {
    for (const seq of [...this.#waiting.keys()]) this.tell(seq);
  }
}
