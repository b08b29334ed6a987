import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { createLogger } from "../support/index.ts";
import { ArtworkStore } from "./artwork.ts";
import { drawCard } from "./card-drawing.ts";
import { SAMPLES } from "./testing/rig.ts";
import { OTHER_FONT, withFonts } from "./testing/with-fonts.ts";
import { ThumbCache } from "./thumb-cache.ts";
import { Thumbs } from "./thumbs.ts";
import { Turns } from "./turns.ts";

const log = createLogger("silent");
const metadata = { librarySectionType: "movie", type: "movie", title: "Alpha", year: 2001 };
const card = () => drawCard({ type: "movie", title: "Alpha", subtitle: "2001" });

/** Pictures in a folder of their own. */
function pictures() {
  const folder = mkdtempSync(join(tmpdir(), "reelay-thumbs-"));
  const artwork = new ArtworkStore(folder);
  const thumbs = new Thumbs({ artwork, dataDir: folder, log });
  return {
    folder,
    artwork,
    thumbs,
    async put(bytes: Uint8Array): Promise<string> {
      const stored = await artwork.put(bytes);
      if (!("hash" in stored)) throw new Error(stored.error.cause);
      return stored.hash;
    },
    async [Symbol.asyncDispose]() {
      await thumbs.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const noise = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: "#246", noise: { type: "gaussian", mean: 128, sigma: 40 } },
  });

test("a poster becomes a small JPEG, which is kept", async () => {
  await using at = pictures();
  const hash = await at.put(readFileSync(join(SAMPLES, "Films/雨の灯台 (2019)/poster.jpg")));
  const thumb = await at.thumbs.ofSnapshot({ metadata, thumb: hash });
  const { format, width = 0, height = 0 } = await sharp(thumb).metadata();
  expect([format, width <= 320, height <= 480]).toEqual(["jpeg", true, true]);
  expect(thumb.length).toBeLessThan(40_000);
  await at.artwork.remove(hash);
  expect(await at.thumbs.ofSnapshot({ metadata, thumb: hash })).toEqual(thumb);
});

test("a large picture keeps its proportions, a small one its size", async () => {
  await using at = pictures();
  const large = await at.put(await noise(2_000, 1_000).jpeg().toBuffer());
  const small = await at.put(await noise(40, 60).png().toBuffer());
  const sizes = [large, small].map(async (hash) => {
    const { width, height } = await sharp(await at.thumbs.ofSnapshot({ metadata, thumb: hash })).metadata();
    return [width, height];
  });
  expect(await Promise.all(sizes)).toEqual([
    [320, 160],
    [40, 60],
  ]);
});

test("without a picture, or with one that is gone, it is the card", async () => {
  await using at = pictures();
  expect(await at.thumbs.ofSnapshot({ metadata, thumb: null })).toEqual(await card());
  expect(await at.thumbs.ofSnapshot({ metadata, thumb: "0".repeat(64) })).toEqual(await card());
  expect(await at.thumbs.ofSnapshot({ metadata, thumb: "../../etc/passwd" })).toEqual(await card());
});

/** A PNG whose header promises so many pixels, and that has none. */
function pngOf(width: number, height: number, real: Buffer): Buffer {
  const png = Buffer.from(real);
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  // The checksum of the header, over its type and content.
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

test.each<[what: string, make: () => Promise<Buffer>]>([
  ["cut off", async () => (await noise(600, 900).jpeg().toBuffer()).subarray(0, 5_000)],
  ["nothing but a beginning", async () => Buffer.from("\xff\xd8\xff\xe0 and nothing more", "latin1")],
  [
    "a header with noise",
    async () => Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(9_000, 7)]),
  ],
  ["a hundred million pixels", async () => pngOf(10_000, 10_000, await noise(64, 64).png().toBuffer())],
  ["too high for any screen", async () => pngOf(1, 2_000_000_000, await noise(64, 64).png().toBuffer())],
])("a picture that is %s gives way to the card, at once the second time", async (_what, make) => {
  await using at = pictures();
  const hash = await at.put(await make());
  for (let time = 0; time < 2; time++) {
    expect(await at.thumbs.ofSnapshot({ metadata, thumb: hash })).toEqual(await card());
  }
});

test.each<[what: string, make: () => Promise<Buffer>]>([
  ["for print (CMYK)", () => noise(300, 300).toColourspace("cmyk").jpeg().toBuffer()],
  [
    "animated",
    () =>
      sharp(Buffer.alloc(20 * 60 * 3, 120), { raw: { width: 20, height: 60, channels: 3, pageHeight: 20 } })
        .gif()
        .toBuffer(),
  ],
  [
    "transparent",
    () =>
      sharp({ create: { width: 50, height: 50, channels: 4, background: "#ffffff00" } })
        .webp()
        .toBuffer(),
  ],
  ["grey, with 16 bits", () => noise(50, 50).toColourspace("grey16").png().toBuffer()],
])("a picture that is %s is shown as screens show it", async (_what, make) => {
  await using at = pictures();
  const thumb = await at.thumbs.picture(await at.put(await make()), { width: 320, height: 480 });
  const { format, channels, width, height } = await sharp(thumb).metadata();
  expect([format, width === height]).toEqual(["jpeg", true]);
  expect(channels).toBeLessThanOrEqual(3);
});

test("a picture that was taken sideways is upright", async () => {
  await using at = pictures();
  const hash = await at.put(await noise(300, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer());
  const thumb = await at.thumbs.picture(hash, { width: 320, height: 480 });
  expect(await sharp(thumb).metadata()).toMatchObject({ width: 200, height: 300 });
});

test("asked for a hundred times at once it is made once", async () => {
  await using at = pictures();
  const hash = await at.put(await noise(900, 900).jpeg().toBuffer());
  const box = { width: 100, height: 100 };
  const thumbs = await Promise.all(Array.from({ length: 100 }, () => at.thumbs.picture(hash, box)));
  expect(new Set(thumbs).size).toBe(1);
});

test("a folder that cannot be written keeps nobody from a picture", async () => {
  await using at = pictures();
  writeFileSync(join(at.folder, "thumbs"), "no folder");
  expect(await at.thumbs.ofSnapshot({ metadata, thumb: null })).toEqual(await card());
});

test("what is kept stays within its limit, the oldest goes, and half a file is made again", async () => {
  await using at = pictures();
  const cache = new ThumbCache(join(at.folder, "small"), 10_000, log);
  const jpeg = (n: number) => Buffer.concat([Buffer.alloc(998, n), Buffer.from([0xff, 0xd9])]);
  for (let n = 0; n < 40; n++) await cache.write(`${String(n).padStart(2, "0")}-key`, jpeg(n));
  // The first may join one that began before the last was written.
  await cache.trim();
  await cache.trim();
  const kept = readdirSync(join(at.folder, "small"), { recursive: true }).filter((name) =>
    String(name).endsWith(".jpg"),
  );
  expect(kept.length).toBeLessThanOrEqual(10);
  expect(kept.length).toBeGreaterThan(0);
  await cache.write("zz-half", Buffer.from([0xff, 0xd8, 0, 0]));
  expect(await cache.read("zz-half")).toBeUndefined();
  await cache.write("zz-half", jpeg(1));
  expect(await cache.read("zz-half")).toEqual(jpeg(1));
});

test("only so many take their turn at once, in order, and one that fails gives its turn on", async () => {
  const turns = new Turns(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (n: number) =>
    turns.take(async () => {
      most = Math.max(most, ++running);
      order.push(n);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (n % 3 === 0) throw new Error("no");
    });
  await Promise.allSettled(Array.from({ length: 10 }, (_, n) => work(n)));
  expect([most, running]).toEqual([2, 0]);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a card that was kept is drawn anew where a font was installed meanwhile", async () => {
  await using folder = await temporaryFolder("thumbs");
  const drawn = (fonts: readonly string[]) =>
    withFonts(
      fonts,
      `import { Thumbs } from "./thumbs.ts";
       const thumbs = new Thumbs({ artwork: undefined, dataDir: ${JSON.stringify(folder.path)}, log: console });
       const card = await thumbs.card({ type: "movie", title: "𝖠𝖡𝖢", subtitle: "" });
       await thumbs.close();
       console.log(card.toString("base64"));`,
    );
  const without = await drawn([]);
  expect(await drawn([OTHER_FONT])).not.toEqual(without);
  expect(await drawn([])).toEqual(without);
});
