import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { styleText } from "node:util";
import { systemCode } from "../support/index.ts";
import type { Terminal } from "./terminal.ts";

/** npm passes Ctrl-C on to its script, which the terminal has told already: what follows this soon is the same Ctrl-C. */
const SAME_KEY_MS = 500;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The terminal of this process. The second Ctrl-C ends it at once, whatever the command is still closing. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  const unread = new AbortController();
  let first: number | undefined;
  let hangup: (() => void) | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal === "SIGHUP" && hangup !== undefined) return hangup();
      first ??= performance.now();
      if (performance.now() - first > SAME_KEY_MS) process.exit(130);
      interruption.abort(signal);
    });
  }
  // Without a listener a closed pipe is an uncaught exception.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      // The terminal itself is gone: a command that took SIGHUP for something else learns it here.
      if (systemCode(error) === "EIO") return interruption.abort("SIGHUP");
      if (systemCode(error) !== "EPIPE") throw error;
      if (stream === process.stdout) unread.abort();
    });
  }
  const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return {
    env: process.env,
    print(line) {
      if (!unread.signal.aborted) process.stdout.write(`${line}\n`);
    },
    complain: (line) => void process.stderr.write(`${line}\n`),
    answer: (question) => answerOf(question, interruption.signal),
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    askSecret:
      process.stdin.isTTY === true && process.stderr.isTTY === true
        ? (question) => askSecret(question, interruption)
        : undefined,
    interrupted: interruption.signal,
    onHangup(listener) {
      hangup = listener;
    },
    unread: unread.signal,
  };
}

/** One line from the keyboard; undefined unless both ends are a terminal, at its end (Ctrl-D), and when interrupted. */
function answerOf(question: string, interrupted: AbortSignal): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) return Promise.resolve(undefined);
  // Not as a terminal of its own: Ctrl-C stays a signal.
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
  return new Promise<string | undefined>((resolve) => {
    lines.once("close", () => resolve(undefined));
    lines.question(question, { signal: interrupted }, resolve);
    interrupted.addEventListener("abort", () => resolve(undefined), { once: true });
  }).finally(() => lines.close());
}

/** One line from the terminal, of which nothing is shown. */
function askSecret(question: string, interruption: AbortController): Promise<string | undefined> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: silence, terminal: true });
  // Its own terminal mode keeps Ctrl-C from becoming a signal.
  line.on("SIGINT", () => {
    interruption.abort("SIGINT");
    line.close();
  });
  return new Promise((resolve) => {
    line.on("close", () => {
      process.stderr.write("\n");
      resolve(undefined);
    });
    process.stderr.write(question);
    line.question("", (answer) => {
      resolve(answer);
      line.close();
    });
  });
}
