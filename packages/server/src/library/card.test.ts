import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { type Card, cardBackground, cardOf, sizeOfCard } from "./card.ts";
import { drawCard } from "./card-drawing.ts";
import { drawableText } from "./card-text.ts";

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

test.each(["", " ", "😀", "\u0000", "…", "\u202e"])("%j leaves the sign of its type", async (title) => {
  expect(await drawCard({ type: "album", title, subtitle: "" })).toBeInstanceOf(Buffer);
  expect(drawableText(title, true)).toBe("");
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

test("a machine without any font draws letters, and the sign of its type instead of boxes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "reelay-fonts-"));
  try {
    const config = join(folder, "fonts.conf");
    writeFileSync(config, `<?xml version="1.0"?><fontconfig><cachedir>${folder}</cachedir></fontconfig>`);
    const script = join(folder, "draw.mjs");
    const drawing = new URL("./card-drawing.ts", import.meta.url).href;
    writeFileSync(
      script,
      `import { drawCard } from ${JSON.stringify(drawing)};
       for (const title of ["The Long Tide", "雨の灯台", ""])
         console.log((await drawCard({ type: "movie", title, subtitle: "" })).toString("base64"));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=source", script], {
      env: { ...process.env, FONTCONFIG_FILE: config },
      maxBuffer: 10_000_000,
    });
    const [latin = "", japanese = "", none = ""] = stdout.trim().split("\n");
    expect(await brightPixels(Buffer.from(latin, "base64"))).toBeGreaterThan(1_000);
    for (const [title, card] of [
      ["雨の灯台", japanese],
      ["", none],
    ] as const) {
      const sign = cardBackground(film(title), sizeOfCard("movie"), true);
      const alone = await sharp(Buffer.from(sign)).flatten({ background: "#000" }).jpeg({ quality: 82 }).toBuffer();
      expect(card === alone.toString("base64"), title).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

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
    const drawn = drawableText("é".normalize("NFD").repeat(400), true);
    expect(drawn).toMatch(/^é+…$/);
    expect([...drawn].length).toBe(141);
  });
});
