import { styleText } from "node:util";

const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return colours ? styleText(style, text, { validateStream: false }) : text;
}

/** The text in bold where colours are wanted. */
export const bold = (text: string) => paint("bold", text);

export function step(number: number, title: string): void {
  process.stdout.write(`\n${paint("bold", `${number}. ${title}`)}\n`);
}

/** One thing that was seen to hold. */
export function seen(text: string): void {
  process.stdout.write(`   ${paint("green", "✓")} ${text}\n`);
}

/** One thing that was seen not to hold. */
export function missed(text: string): void {
  process.stdout.write(`   ${paint("red", "✗")} ${text}\n`);
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function fail(text: string): void {
  process.stderr.write(`\n${paint("red", "✗")} ${text}\n`);
}

/** `340 ms`, `12.4 s`. */
export function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
