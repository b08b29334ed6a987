import type { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Where a command writes and how it is told to end: the process, or a test. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a person asked to see: one line on standard output. */
  print(line: string): void;
  /** What went wrong: one line on standard error. */
  complain(line: string): void;
  /** The text in a colour where colours are wanted, else as it is. */
  paint(style: Style, text: string): string;
  /** Aborted by Ctrl-C, or when the process is asked to end in another way. */
  readonly interrupted: AbortSignal;
  /** Aborted when nobody reads standard output any more (`reelay tail | head`). */
  readonly unread: AbortSignal;
}

/**
 * Text of unknown origin as one line that only shows: control characters, the ones that turn the writing direction and
 * the invisible ones become visible escapes, so that no title moves the cursor, changes the terminal or hides a part.
 */
export function harmless(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A path or word as a POSIX shell takes it, quoted only if it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
