/** Longer ones end in an ellipsis: nobody reads them on a picture. */
const LONGEST = 140;

/** What the font that comes with Reelay does not draw: other scripts, and the wide signs that go with them. */
const FOREIGN =
  /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Common}\p{Script=Inherited}]|[\u3000-\u303f\u30fb\u30fc\uff00-\uffef]/gu;
/** Emoji with all that they are joined with, and signs that are not seen: controls, turns of direction, private use. */
const UNDRAWABLE =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Emoji_Presentation}\p{Emoji_Modifier}\p{RI}\u{fffd}]|[\u{fe00}-\u{fe0f}]|\u{20e3}/gu;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Which characters of a text need a font that the system must have. */
export function foreignCharacters(text: string): string {
  return [...new Set(text.match(FOREIGN) ?? [])].join("");
}

/**
 * A title as it is drawn: one line of what can be drawn, of limited length.
 * @param foreign whether the system has a font for other scripts
 * @returns the empty text when nothing of it can be drawn
 */
export function drawableText(text: string, foreign: boolean): string {
  // Before anything looks at each of a million characters.
  const short = text
    .slice(0, LONGEST * 8)
    .toWellFormed()
    .normalize("NFC");
  const kept = short.replace(/\s+/gu, " ").replace(UNDRAWABLE, "");
  const line = (foreign ? kept : kept.replace(FOREIGN, "")).replace(/ +/g, " ").trim();
  if (!/[\p{L}\p{N}]/u.test(line)) return "";
  const parts = Array.from(graphemes.segment(line), ({ segment }) => segment);
  // A letter with a thousand accents is one grapheme.
  const drawn = parts.map((part) => part.slice(0, 8));
  return drawn.length <= LONGEST ? drawn.join("") : `${drawn.slice(0, LONGEST).join("").trimEnd()}…`;
}

/** Text within the markup in which it is drawn. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
