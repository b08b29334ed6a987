import type { Terminal } from "./terminal.ts";

/** A terminal that keeps what is written, and a hand on its Ctrl-C. */
export class TestTerminal implements Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly printed: string[] = [];
  readonly complained: string[] = [];
  readonly #interruption = new AbortController();
  readonly #unread = new AbortController();
  readonly interrupted = this.#interruption.signal;
  readonly unread = this.#unread.signal;
  /** What is typed when something is asked. */
  readonly answers: string[] = [];
  /** What is typed when a secret is asked for; undefined: there is no person. */
  secrets: string[] | undefined;
  readonly asked: string[] = [];
  /** What SIGHUP does. */
  hangUp: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  constructor(env: Readonly<Record<string, string | undefined>> = {}) {
    this.env = env;
  }

  print(line: string): void {
    this.printed.push(line);
    for (const look of this.#waiting.splice(0)) look();
  }

  complain(line: string): void {
    this.complained.push(line);
    for (const look of this.#waiting.splice(0)) look();
  }

  async answer(question: string): Promise<string | undefined> {
    this.print(question);
    return this.answers.shift();
  }

  paint(_style: unknown, text: string): string {
    return text;
  }

  get askSecret(): Terminal["askSecret"] {
    const { secrets } = this;
    if (secrets === undefined) return undefined;
    return async (question) => {
      this.asked.push(question);
      return secrets.shift();
    };
  }

  interrupt(): void {
    this.#interruption.abort();
  }

  onHangup(listener: (() => void) | undefined): void {
    this.hangUp = listener;
  }

  closeOutput(): void {
    this.#unread.abort();
  }

  /** Resolves with the first line, printed or complained, that holds `pattern`. */
  async line(pattern: RegExp | string): Promise<string> {
    for (;;) {
      const found = [...this.printed, ...this.complained].find((line) =>
        typeof pattern === "string" ? line.includes(pattern) : pattern.test(line),
      );
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
