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
