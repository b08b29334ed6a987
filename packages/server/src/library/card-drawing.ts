import sharp from "sharp";
import { type Card, type CardSize, cardBackground, sizeOfCard } from "./card.ts";
import { drawableLine, FONT, FONT_FILE } from "./card-font.ts";
import { escapeMarkup, isRightToLeft } from "./card-text.ts";

/** Pixels, tried in turn until the title fits. */
const TITLE_SIZES = [40, 32, 26, 21, 17, 14];
const SUBTITLE_SIZE = 15;
/** A word is broken only where letters of this size, which are easily read, are too wide for it. */
const SMALLEST_WHOLE = 21;
const MARGIN = 22;

interface Letters {
  readonly input: Buffer;
  readonly width: number;
  readonly height: number;
  readonly rightToLeft: boolean;
}

/**
 * Draws a card: the same bytes for the same card on the same machine. Its text may be anything. Letters that no font has are
 * left out; where they are more than half, the sign of its type stands for the title.
 */
export async function drawCard(card: Card): Promise<Buffer> {
  const size = sizeOfCard(card.type);
  const width = size.width - 2 * MARGIN;
  const subtitle = await draw(card.subtitle, width, [SUBTITLE_SIZE], SUBTITLE_SIZE * 2.6, 0.75);
  const below = subtitle === undefined ? 0 : subtitle.height + 10;
  const title = await draw(card.title, width, TITLE_SIZES, size.height * 0.6 - below, 1);
  const bottom = size.height - MARGIN;
  const layers = [
    ...(subtitle === undefined ? [] : [{ ...place(subtitle, size), top: bottom - subtitle.height }]),
    ...(title === undefined ? [] : [{ ...place(title, size), top: Math.max(0, bottom - below - title.height) }]),
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

/** At the side from which it is read. */
function place({ input, width, rightToLeft }: Letters, size: CardSize) {
  return { input, left: rightToLeft ? size.width - MARGIN - width : MARGIN };
}

/** The first size at which it fits, with whole words if they do; at the last one it is cut off below. */
async function draw(
  text: string,
  width: number,
  sizes: readonly number[],
  height: number,
  opacity: number,
): Promise<Letters | undefined> {
  const line = await drawableLine(text);
  if (line === "") return undefined;
  for (const size of sizes.filter((size) => size >= SMALLEST_WHOLE)) {
    const letters = await render(line, { size, width, opacity, wrap: "word" });
    if (letters.width <= width && letters.height <= height) return letters;
  }
  for (const size of sizes) {
    const letters = await render(line, { size, width, opacity, wrap: "word-char" });
    if (letters.height <= height || size === sizes.at(-1)) return cut(letters, width, Math.max(1, Math.floor(height)));
  }
  return undefined;
}

/** What overhangs the sides, and lines that have no room. */
async function cut(letters: Letters, mostWidth: number, mostHeight: number): Promise<Letters> {
  const [width, height] = [Math.min(letters.width, mostWidth), Math.min(letters.height, mostHeight)];
  if (width === letters.width && height === letters.height) return letters;
  const input = await sharp(letters.input).extract({ left: 0, top: 0, width, height }).png().toBuffer();
  return { ...letters, input, width, height };
}

interface Style {
  /** Pixels. */
  readonly size: number;
  /** Pixels; of a line without a place to end it may be more. */
  readonly width: number;
  readonly opacity: number;
  readonly wrap: "word" | "word-char";
}

async function render(line: string, { size, width, opacity, wrap }: Style): Promise<Letters> {
  const alpha = Math.round(opacity * 100);
  const markup = `<span foreground="#ffffff" alpha="${alpha}%">${escapeMarkup(line)}</span>`;
  const { data, info } = await sharp({
    text: { text: markup, font: `${FONT} ${size}`, fontfile: FONT_FILE, width, dpi: 72, rgba: true, wrap },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { input: data, width: info.width, height: info.height, rightToLeft: isRightToLeft(line) };
}
