import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { type Card, cardBackground, cardOf, sizeOfCard } from "./card.ts";
import { drawCard } from "./card-drawing.ts";
import { drawableLine, FONT_FILE } from "./card-font.ts";
import { drawablePart, lineOf } from "./card-text.ts";
import { characterRanges } from "./font-characters.ts";
import { OTHER_FONT, withFonts } from "./testing/with-fonts.ts";

const film = (title: string, subtitle = ""): Card => ({ type: "movie", title, subtitle });

/** How many bright pixels there are where the title stands. */
async function brightPixels(card: Buffer): Promise<number> {
  const { width, height } = await sharp(card).metadata();
  const below = { left: 0, top: Math.floor(height / 3), width, height: height - Math.floor(height / 3) };
  const pixels = await sharp(card).extract(below).greyscale().raw().toBuffer();
  return pixels.filter((pixel) => pixel > 200).length;
}

test.each(["movie", "show", "season", "episode", "artist", "album", "track", "something else"])(
  "the card of a %s is a JPEG of the shape that such pictures have, small, with letters on it",
  async (type) => {
    const card = await drawCard({ type, title: "The Long Tide", subtitle: "2014" });
    expect(await sharp(card).metadata()).toMatchObject({ format: "jpeg", space: "srgb", ...sizeOfCard(type) });
    expect(card.length).toBeLessThan(30_000);
    expect(await brightPixels(card)).toBeGreaterThan(1_000);
  },
);

test.each([
  ["500 letters without a space", "x".repeat(500)],
  ["500 words", "tide ".repeat(500)],
  ["a million letters", "y".repeat(1_000_000)],
  ["markup", "<b>&amp; <span font='400'>&#x41;</span> ]]> <!--"],
  ["broken markup", "</span></span> & < >"],
  ["Arabic", "مرحبا بالعالم يا صديقي"],
  ["Hebrew among Latin", "שלום ABC עולם"],
  ["text with turns of direction", "\u202eevil\u2066 more\u2069"],
  ["controls and halves of characters", "a\u0000b\u0007\ud800c\udfffd"],
  ["emoji among letters", "Smile 😀👩‍👩‍👧‍👦🇩🇪 please"],
  ["accents without end", `Z${"\u0301".repeat(2_000)}algo ${"Z\u0300\u0301\u0302".repeat(200)}`],
  ["one very long word", "Donaudampfschifffahrtsgesellschaftskapitän"],
])("%s is drawn within its card", async (_what, title) => {
  const card = await drawCard(film(title, title));
  expect(await sharp(card).metadata()).toMatchObject({ format: "jpeg", ...sizeOfCard("movie") });
  expect(await brightPixels(card)).toBeGreaterThan(100);
});

test.each(["", " ", " \u3000\u00a0\n\u2800", "😀", "👩‍👩‍👧‍👦🇩🇪", "\u0000", "\u202e", "\u200d", "\u3164"])(
  "%j leaves the sign of its type",
  async (title) => {
    expect(await drawCard({ type: "album", title, subtitle: "" })).toBeInstanceOf(Buffer);
    expect(lineOf(title)).toBe("");
  },
);

test.each(["!!!", "…", "½", "+/-"])("%j is a title", async (title) => {
  expect(await brightPixels(await drawCard(film(title)))).toBeGreaterThan(30);
  expect(await drawableLine(title)).toBe(title);
});

test("a title that cannot be drawn is stood for by the sign of its type, for all to see, above the year", async () => {
  for (const type of ["movie", "show", "season", "episode", "artist", "album", "track"]) {
    const card = await drawCard({ type, title: "", subtitle: "2014" });
    const { width, height } = sizeOfCard(type);
    const third = { left: Math.floor(width / 3), width: Math.floor(width / 3) };
    const middle = { ...third, top: Math.floor(height / 4), height: Math.floor(height / 3) };
    const pixels = await sharp(card).extract(middle).greyscale().raw().toBuffer();
    expect(pixels.filter((pixel) => pixel > 150).length / pixels.length, type).toBeGreaterThan(0.2);
    const year = { left: 0, width, top: height - 60, height: 60 };
    const below = await sharp(card).extract(year).greyscale().raw().toBuffer();
    expect(below.filter((pixel) => pixel > 150).length, type).toBeGreaterThan(50);
  }
});

test("the same card is the same bytes, another title another card", async () => {
  const [one, again, other] = await Promise.all([film("Alpha"), film("Alpha"), film("Beta")].map(drawCard));
  expect(one).toEqual(again);
  expect(one).not.toEqual(other);
});

/** What is drawn of these titles on a machine with these fonts and no others: their lines, and their cards. */
async function drawnWith(fonts: readonly string[], titles: readonly string[]) {
  const lines = await withFonts(
    fonts,
    `import { drawCard } from "./card-drawing.ts";
     import { drawableLine } from "./card-font.ts";
     for (const title of ${JSON.stringify(titles)}) {
       const card = (await drawCard({ type: "movie", title, subtitle: "" })).toString("base64");
       console.log(JSON.stringify({ line: await drawableLine(title), card }));
     }`,
  );
  return lines.map((line) => JSON.parse(line) as { readonly line: string; readonly card: string });
}

test("a machine without any font draws letters, and the sign of its type instead of boxes", async () => {
  const [latin, japanese, none] = await drawnWith([], ["The Long Tide", "雨の灯台", ""]);
  expect(await brightPixels(Buffer.from(latin?.card ?? "", "base64"))).toBeGreaterThan(1_000);
  for (const [title, drawn] of [
    ["雨の灯台", japanese],
    ["", none],
  ] as const) {
    const sign = cardBackground(film(title), sizeOfCard("movie"), true);
    const alone = await sharp(Buffer.from(sign)).flatten({ background: "#000" }).jpeg({ quality: 82 }).toBuffer();
    expect(drawn?.card === alone.toString("base64"), title).toBe(true);
  }
});

describe("which letters are drawn", () => {
  test("follows from the fonts that there are, for each letter by itself", async () => {
    const titles = ["𝖠𝖡𝖢", "Tide 𝖠𝖡", "𝖠𝖡𝖢 雨", "雨の灯台 Tide", "Spirited Away 千と千尋", "𝖠𝖡!! 雨の灯台"];
    const lines = async (fonts: readonly string[]) => (await drawnWith(fonts, titles)).map(({ line }) => line);
    expect(await lines([])).toEqual(["", "Tide", "", "Tide", "Spirited Away", ""]);
    expect(await lines([OTHER_FONT])).toEqual(["𝖠𝖡𝖢", "Tide 𝖠𝖡", "𝖠𝖡𝖢", "Tide", "Spirited Away", ""]);
  });

  test("emoji are none of them, whatever fonts there are, but for the signs of our own font", async () => {
    const asked: string[] = [];
    const everyFont = async (character: string) => asked.push(character) > 0;
    expect(await drawableLine("Hot 🌶\ufe0f 🎞 Tide 🕷\ufe0f 雨 ☀\ufe0f", everyFont)).toBe("Hot Tide 雨 ☀");
    expect(asked).toEqual(["雨"]);
  });

  test("our font has what it is there for, by its own table of characters", async () => {
    const ranges = characterRanges(await readFile(FONT_FILE));
    const has = (letter: string) => {
      const code = letter.codePointAt(0) ?? 0;
      return ranges.some(([first, last]) => first <= code && code <= last);
    };
    expect([..."aéßΩжԱქשض½…"].filter((letter) => !has(letter))).toEqual([]);
    expect([..."雨の한กत𝖠"].filter(has)).toEqual([]);
  });

  test("less than half of a title is none of it", () => {
    const without = (letters: string) => (character: string) => !letters.includes(character);
    expect(drawablePart("雨の灯台 2", without("雨の灯台"))).toBe("");
    expect(drawablePart("Tide 雨の灯台", without("雨の灯台"))).toBe("Tide");
    expect(drawablePart("雨… の", without("雨の"))).toBe("");
    // A mark goes alone, a letter with its marks.
    expect(drawablePart("e\u0323o\u0323", without("\u0323"))).toBe("eo");
    expect(drawablePart("abc\u0323d", without("c"))).toBe("abd");
  });

  test("signs that join letters or part them stay between letters", () => {
    expect(lineOf("می\u200cخواهم")).toBe("می\u200cخواهم");
    expect(lineOf("क्\u200dष 👩\u200d👧")).toBe("क्\u200dष");
  });
});

/** The first and the last column in which there is something bright, where the title stands. */
async function sidesOf(card: Buffer): Promise<[first: number, last: number]> {
  const { width, height } = await sharp(card).metadata();
  const below = { left: 0, top: Math.floor(height * 0.7), width, height: Math.floor(height * 0.3) };
  const pixels = await sharp(card).extract(below).greyscale().raw().toBuffer();
  const columns = Array.from({ length: width }, (_, column) => column).filter((column) =>
    pixels.some((pixel, index) => index % width === column && pixel > 200),
  );
  return [columns[0] ?? Number.NaN, columns.at(-1) ?? Number.NaN];
}

test("a title stands at the side from which it is read", async () => {
  const [latin, hebrew, mixed] = await Promise.all(
    ["Tide", "שלום", "The שלום"].map(async (title) => sidesOf(await drawCard(film(title)))),
  );
  expect(latin?.[0]).toBeLessThan(40);
  expect(hebrew?.[1]).toBeGreaterThan(280);
  expect(hebrew?.[0]).toBeGreaterThan(100);
  expect(mixed?.[0]).toBeLessThan(40);
});

test("words stay whole where letters that are easily read have room for them", async () => {
  // Wide ones, of which more would fit if they were as wide as letters usually are.
  expect(await linesOf(await drawCard(film("W".repeat(11))))).toBe(1);
  expect(await linesOf(await drawCard(film("Donaudampfschifffahrtsgesellschaftskapitän")))).toBeGreaterThan(1);
});

/** How many bands of rows with something bright there are, parted by rows without. */
async function linesOf(card: Buffer): Promise<number> {
  const { width, height } = await sharp(card).metadata();
  const top = Math.floor(height / 2);
  const pixels = await sharp(card)
    .extract({ left: 0, top, width, height: height - top })
    .greyscale()
    .raw()
    .toBuffer();
  const rows = Array.from({ length: height - top }, (_, row) =>
    pixels.subarray(row * width, (row + 1) * width).some((pixel) => pixel > 200),
  );
  // The dot of an i is parted from its stem by fewer rows than lines are.
  return rows.filter((bright, row) => bright && !rows.slice(Math.max(0, row - 6), row).some(Boolean)).length;
}

describe("what a card says", () => {
  test.each([
    [{ type: "movie", title: "Alpha", year: 2001 }, "2001"],
    [{ type: "season", title: "Season 2", parentTitle: "Tide" }, "Tide"],
    [{ type: "episode", title: "Low Water", grandparentTitle: "Tide", parentIndex: 1, index: 2 }, "Tide · S01 E02"],
    [{ type: "episode", title: "Low Water", grandparentTitle: "Tide" }, "Tide"],
    [{ type: "album", title: "Salt Maps", parentTitle: "Quandt", year: 2016 }, "Quandt"],
    [{ type: "track", title: "Brackish", grandparentTitle: "Various", originalTitle: "Quandt" }, "Quandt"],
    [{ type: "artist", title: "Quandt" }, ""],
  ])("%j: %j", (metadata, subtitle) => {
    expect(cardOf(metadata)).toEqual({ type: metadata.type, title: metadata.title, subtitle });
  });

  test("a long title ends in an ellipsis, between two whole characters", () => {
    const drawn = lineOf("é".normalize("NFD").repeat(400));
    expect(drawn).toMatch(/^é+…$/);
    expect([...drawn].length).toBe(141);
  });
});
