/** Where the stream is, and whether it went on there. */
export class Position {
  #last: string | undefined;
  #asked: string | undefined;
  #opened = false;
  #unconfirmed = false;

  constructor(start: string | undefined) {
    this.#last = start;
  }

  get last(): string | undefined {
    return this.#last;
  }

  /** What the next connection asks for. */
  asked(): string | undefined {
    this.#asked = this.#last;
    return this.#asked;
  }

  /** A connection is open. @returns whether something may have been missed, for all that is known now */
  opened(): boolean {
    const before = this.#opened;
    this.#opened = true;
    this.#unconfirmed = this.#asked !== undefined;
    return before && this.#asked === undefined;
  }

  moveTo(position: string): void {
    this.#last = position;
  }

  /**
   * The first that comes on a connection tells whether its server knows positions at all.
   * @returns whether it turns out that nothing was resumed
   */
  confirm(knowsPositions: boolean): boolean {
    if (!this.#unconfirmed) return false;
    this.#unconfirmed = false;
    if (knowsPositions) return false;
    this.#last = undefined;
    return true;
  }

  /** The next connection begins at its own now. */
  forget(): void {
    this.#last = undefined;
  }
}
