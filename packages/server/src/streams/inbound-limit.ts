/** A client has nothing to say on these streams; go-plex-client sends one frame a second, others a PING now and then. */
const FRAMES = 1_000;
const BYTES = 1_048_576;
const WINDOW_MS = 10_000;

/** Counts what a client sends, so that a flood of frames cannot take the processor: 1,000 frames or 1 MiB in 10 s. */
export class InboundLimit {
  #windowStart = 0;
  #frames = 0;
  #bytesBefore = 0;

  /**
   * Counts what has come.
   * @param now epoch ms
   * @param bytesRead all bytes that the socket has received so far
   * @param frames those that are whole with it
   * @returns whether it was too much
   */
  exceeded(now: number, bytesRead: number, frames: number): boolean {
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#frames = 0;
      this.#bytesBefore = bytesRead;
    }
    this.#frames += frames;
    return this.#frames > FRAMES || bytesRead - this.#bytesBefore > BYTES;
  }
}
