import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Line {
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A child process that is read line by line. */
export class Program {
  readonly name: string;
  /** What it has printed, errors among it. */
  readonly lines: Line[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;

  constructor(
    name: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  ) {
    this.name = name;
    // A process group of its own: Ctrl-C is the demo's, which ends its programs in order.
    this.#child = spawn(process.execPath, args, { ...options, detached: true });
    this.#closed = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on("line", (text) => this.lines.push({ text, at: Date.now() }));
    }
    // Pressing a key of a program that has just ended is no error of the demo's.
    this.#child.stdin.on("error", () => undefined);
  }

  get output(): string {
    return this.lines.map(({ text }) => text).join("\n");
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Presses keys. */
  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.alive) this.#child.kill(signal);
  }

  /** Resolves when it has ended and everything that it printed is read. @returns its exit code; null when a signal ended it */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.kill(signal);
    return this.ended();
  }
}
