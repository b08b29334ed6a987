import type { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Where a command writes and how it is told to end: the process, or a test. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a person asked to see: one line on standard output. */
  print(line: string): void;
  /** What went wrong: one line on standard error. */
  complain(line: string): void;
  /** What a person types after the question; undefined where nobody can be asked, or does not answer. */
  answer(question: string): Promise<string | undefined>;
  /** The text in a colour where colours are wanted, else as it is. */
  paint(style: Style, text: string): string;
  /**
   * Asks a person for something that nobody else may see: what is typed is not shown. Resolves with undefined if they end
   * it. Undefined where there is no person: a service, a pipe.
   */
  readonly askSecret: ((question: string) => Promise<string | undefined>) | undefined;
  /** Aborted by Ctrl-C, or when the process is asked to end in another way. */
  readonly interrupted: AbortSignal;
  /** From now on SIGHUP calls `listener` instead of interrupting; undefined: interrupts again. */
  onHangup(listener: (() => void) | undefined): void;
  /** Aborted when nobody reads standard output any more (`reelay tail | head`). */
  readonly unread: AbortSignal;
}

/** A path or word as a POSIX shell takes it, quoted only if it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
