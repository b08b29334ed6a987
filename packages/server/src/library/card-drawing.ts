import { createRequire } from "node:module";
import sharp from "sharp";
import { type Card, type CardSize, cardBackground, sizeOfCard } from "./card.ts";
import { drawableText, escapeMarkup, foreignCharacters } from "./card-text.ts";

/** A font of our own: a server often has none. Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic. */
const FONT_FILE = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf");
const FONT = "DejaVu Sans Bold";

/** Pixels, tried in turn until the title fits. */
const TITLE_SIZES = [40, 32, 26, 21, 17, 14];
const SUBTITLE_SIZE = 15;
const SMALLEST_WHOLE = 21;
/** Width of a letter in heights, about. */
const LETTER = 0.68;
const MARGIN = 22;

interface Letters {
  readonly input: Buffer;
  readonly width: number;
  readonly height: number;
}

/**
 * Draws a card: the same bytes for the same card on the same machine. Its text may be anything; where no font has its
 * letters, the sign of its type stands for the title.
 */
export async function drawCard(card: Card): Promise<Buffer> {
  const size = sizeOfCard(card.type);
  const width = size.width - 2 * MARGIN;
  const subtitle = await draw(card.subtitle, width, [SUBTITLE_SIZE], SUBTITLE_SIZE * 2.6, 0.75);
  const below = subtitle === undefined ? 0 : subtitle.height + 10;
  const title = await draw(card.title, width, TITLE_SIZES, size.height * 0.6 - below, 1);
  const bottom = size.height - MARGIN;
  const layers = [
    ...(subtitle === undefined ? [] : [{ ...place(subtitle), top: bottom - subtitle.height }]),
    ...(title === undefined ? [] : [{ ...place(title), top: Math.max(0, bottom - below - title.height) }]),
  ];
  return sharp(Buffer.from(cardBackground(card, size, title === undefined)))
    .composite(layers)
    .flatten({ background: "#000" })
    .jpeg({ quality: 82 })
    .toBuffer();
}

/** A backdrop in the colours of the card. */
export function drawBackdrop(card: Pick<Card, "type" | "title">, size: CardSize): Promise<Buffer> {
  return sharp(Buffer.from(cardBackground(card, size)))
    .flatten({ background: "#000" })
    .jpeg({ quality: 75 })
    .toBuffer();
}

function place({ input }: Letters) {
  return { input, left: MARGIN };
}

/** The first size at which it fits; at the last one it is cut off below. */
async function draw(
  text: string,
  width: number,
  sizes: readonly number[],
  height: number,
  opacity: number,
): Promise<Letters | undefined> {
  const line = drawableText(text, await systemDraws(foreignCharacters(text.slice(0, 1_000))));
  if (line === "") return undefined;
  const longestWord = Math.max(...line.split(/[\s-]/).map((word) => word.length));
  // A word is broken only where letters that are easily read are too wide for it.
  const wholeWords = longestWord * SMALLEST_WHOLE * LETTER <= width;
  let letters: Letters | undefined;
  for (const size of sizes) {
    if (wholeWords && longestWord * size * LETTER > width) continue;
    letters = await render(line, size, width, opacity);
    if (letters.height <= height) return letters;
  }
  if (letters === undefined) return undefined;
  const cut = Math.max(1, Math.floor(height));
  const input = await sharp(letters.input)
    .extract({ left: 0, top: 0, width: letters.width, height: cut })
    .png()
    .toBuffer();
  return { input, width: letters.width, height: cut };
}

async function render(line: string, size: number, width: number, opacity: number): Promise<Letters> {
  const alpha = Math.round(opacity * 100);
  const markup = `<span foreground="#ffffff" alpha="${alpha}%">${escapeMarkup(line)}</span>`;
  const { data, info } = await sharp({
    text: { text: markup, font: `${FONT} ${size}`, fontfile: FONT_FILE, width, dpi: 72, rgba: true, wrap: "word-char" },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  if (info.width <= width) return { input: data, width: info.width, height: info.height };
  // Overhanging strokes.
  const input = await sharp(data).extract({ left: 0, top: 0, width, height: info.height }).png().toBuffer();
  return { input, width, height: info.height };
}

/** Whether a font of the system has these: without one, they are drawn as boxes, with and without its help. */
async function systemDraws(characters: string): Promise<boolean> {
  if (characters === "") return true;
  const sample = escapeMarkup(drawableText([...characters].slice(0, 12).join(""), true));
  if (sample === "") return false;
  const [own, any] = await Promise.all(
    [false, true].map((fallback) =>
      sharp({
        text: {
          text: `<span fallback="${fallback}">${sample}</span>`,
          font: `${FONT} 16`,
          fontfile: FONT_FILE,
          dpi: 72,
          rgba: true,
        },
      })
        .raw()
        .toBuffer(),
    ),
  );
  return own !== undefined && any !== undefined && !own.equals(any);
}
