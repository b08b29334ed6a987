import { emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream } from "node:tty";

/** What a key asks of a player. */
export type PlayKey = "pause" | "stop" | "quit";

const keys: Readonly<Record<string, PlayKey>> = { p: "pause", space: "pause", s: "stop", q: "quit" };

/**
 * Calls `onKey` for each key that means something, while `stdin` is a terminal.
 * @param piped also while it is none: who runs the player from a program presses its keys so
 * @param onInterrupt Ctrl-C: a terminal whose keys are read one by one does not make a signal of it
 * @returns what gives the terminal back; undefined when there is nothing to read keys from
 */
export function readKeys(
  stdin: ReadStream,
  onKey: (key: PlayKey) => void,
  onInterrupt: () => void,
  piped = false,
): (() => void) | undefined {
  const isTerminal = stdin.isTTY === true;
  if (!isTerminal && !piped) return undefined;
  const listen = (_text: string | undefined, { name = "", ctrl }: Key) => {
    if (ctrl === true && name === "c") onInterrupt();
    const key = keys[name];
    if (key !== undefined && ctrl !== true) onKey(key);
  };
  emitKeypressEvents(stdin);
  if (isTerminal) stdin.setRawMode(true);
  stdin.on("keypress", listen);
  stdin.resume();
  return () => {
    stdin.off("keypress", listen);
    if (isTerminal) stdin.setRawMode(false);
    stdin.pause();
  };
}
