/** How OpenType numbers its table of characters in segments of 32-bit code points. */
const SEGMENTED_COVERAGE = 12;

/**
 * Which characters a TrueType or OpenType font has, as ranges of code points in ascending order. Read from its table `cmap`,
 * which must be of format 12.
 * @see https://learn.microsoft.com/en-us/typography/opentype/spec/cmap
 */
export function characterRanges(font: Buffer): [first: number, last: number][] {
  const cmap = tableOf(font, "cmap");
  for (let record = 0; record < font.readUInt16BE(cmap + 2); record++) {
    const map = cmap + font.readUInt32BE(cmap + 4 + record * 8 + 4);
    if (font.readUInt16BE(map) !== SEGMENTED_COVERAGE) continue;
    return Array.from({ length: font.readUInt32BE(map + 12) }, (_, index) => {
      const group = map + 16 + index * 12;
      return [font.readUInt32BE(group), font.readUInt32BE(group + 4)];
    });
  }
  throw new Error("The font has no map of characters of format 12.");
}

function tableOf(font: Buffer, tag: string): number {
  for (let index = 0; index < font.readUInt16BE(4); index++) {
    const record = 12 + index * 16;
    if (font.toString("latin1", record, record + 4) === tag) return font.readUInt32BE(record + 8);
  }
  throw new Error(`The font has no table ${tag}.`);
}
