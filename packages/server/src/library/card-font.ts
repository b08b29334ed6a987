import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import sharp from "sharp";
import { drawablePart, escapeMarkup, lineOf } from "./card-text.ts";
import { characterRanges } from "./font-characters.ts";

/**
 * A font of our own: a server often has none. It has Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic; those
 * with Han or Hangul are ten times its size or more, and are the machine's to have.
 */
export const FONT_FILE = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf");
export const FONT = "DejaVu Sans Bold";

/** Characters that are tried at once: other pictures wait for their turn on the same threads. */
const TRIED_AT_ONCE = 16;

/** What is known of characters that our font lacks. Fonts that are installed are seen at the next start. */
const tried = new Map<string, Promise<boolean>>();
const MOST_TRIED = 10_000;

let ownRanges: readonly (readonly [first: number, last: number])[] | undefined;

/** Emoji, also those that are text unless told otherwise: what another font has for them are pictures of one size. */
const EMOJI = /\p{Extended_Pictographic}/u;

/**
 * A title as this machine can draw it: with our font, and where that lacks a character with any that the system has.
 * @param isElsewhere whether another font has a character. Default: asks those of the system
 */
export async function drawableLine(text: string, isElsewhere = isOfSystem): Promise<string> {
  const line = lineOf(text);
  const notOurs = [...new Set(line)].filter((character) => !isOwn(character));
  const undrawable = new Set(notOurs.filter((character) => EMOJI.test(character)));
  const foreign = notOurs.filter((character) => !undrawable.has(character));
  for (let at = 0; at < foreign.length; at += TRIED_AT_ONCE) {
    await Promise.all(
      foreign.slice(at, at + TRIED_AT_ONCE).map(async (character) => {
        if (!(await isElsewhere(character))) undrawable.add(character);
      }),
    );
  }
  return drawablePart(line, (character) => !undrawable.has(character));
}

function isOwn(character: string): boolean {
  ownRanges ??= characterRanges(readFileSync(FONT_FILE));
  const code = character.codePointAt(0) ?? 0;
  return ownRanges.some(([first, last]) => first <= code && code <= last);
}

function isOfSystem(character: string): Promise<boolean> {
  let known = tried.get(character);
  if (known === undefined) {
    if (tried.size >= MOST_TRIED) tried.clear();
    known = systemDraws(character);
    tried.set(character, known);
    known.catch(() => tried.delete(character));
  }
  return known;
}

/** Whether a font of the system has it: without one it is drawn as the same box, with and without the system's help. */
async function systemDraws(character: string): Promise<boolean> {
  const [own, any] = await Promise.all([false, true].map((fallback) => drawn(character, fallback)));
  return own !== undefined && any !== undefined && !own.equals(any);
}

/** @returns undefined if there is nothing to see */
async function drawn(character: string, fallback: boolean): Promise<Buffer | undefined> {
  const text = `<span fallback="${fallback}">${escapeMarkup(character)}</span>`;
  try {
    return await sharp({ text: { text, font: `${FONT} 16`, fontfile: FONT_FILE, dpi: 72, rgba: true } })
      .raw()
      .toBuffer();
  } catch (error) {
    if (error instanceof Error && error.message.includes("no text to render")) return undefined;
    throw error;
  }
}
