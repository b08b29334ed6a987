/** Longer ones end in an ellipsis: nobody reads them on a picture. */
const LONGEST = 140;

/**
 * What is left out whatever fonts there are. Emoji, with all that they are joined with: where a font has them, they are
 * pictures of one size that fit no line. And signs that are not seen: controls, turns of direction, private use; but for
 * the two that say how the letters beside them are joined.
 */
const UNDRAWABLE =
  /(?<![\p{L}\p{M}])[\u200c\u200d]|(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]|[\p{Co}\p{Cn}\p{Emoji_Presentation}\p{Emoji_Modifier}\p{RI}\u{fffc}\u{fffd}]|\u{20e3}/gu;
/** What a reader takes from a title. */
const TELLING = /[\p{L}\p{N}]/gu;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A title as it would be drawn by a machine that has every font: one line, of limited length. Empty for none. */
export function lineOf(text: string): string {
  // Before anything looks at each of a million characters.
  const short = text
    .slice(0, LONGEST * 8)
    .toWellFormed()
    .normalize("NFC");
  const line = oneLine(short.replace(/[\s\u2800]+/gu, " ").replace(UNDRAWABLE, ""));
  // A letter with a thousand accents is one grapheme.
  const parts = graphemesOf(line).map((part) => part.slice(0, 8).toWellFormed());
  return parts.length <= LONGEST ? parts.join("") : `${parts.slice(0, LONGEST).join("").trimEnd()}…`;
}

/**
 * What of a line can be drawn.
 * @param isDrawable asked of single characters
 * @returns the empty text when that is less than half of its letters: what is left of a title could be taken for another
 */
export function drawablePart(line: string, isDrawable: (character: string) => boolean): string {
  const part = oneLine(
    graphemesOf(line)
      .map((grapheme) => {
        const [letter = "", ...marks] = grapheme;
        return isDrawable(letter) ? [letter, ...marks.filter(isDrawable)].join("") : "";
      })
      .join(""),
  );
  return 2 * count(part, TELLING) >= count(line, TELLING) ? part : "";
}

/** Whether a text is read from right to left, as its first letter is. */
export function isRightToLeft(text: string): boolean {
  const [letter = ""] = /\p{L}/u.exec(text) ?? [];
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(
    letter,
  );
}

/** Text within the markup in which it is drawn. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function oneLine(text: string): string {
  return text.replace(/ +/g, " ").trim();
}

function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
