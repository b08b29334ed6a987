import sharp from "sharp";

export { drawBackdrop, drawCard } from "./card-drawing.ts";
export { drawableLine } from "./card-font.ts";

/** Within which a picture is made to fit, pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Of backdrops. */
export const WIDE: Box = { width: 960, height: 540 };
const QUALITY = 80;
/** More than a poster has; what is larger was made to harm. */
const MAX_PIXELS = 50_000_000;
const MAX_SECONDS = 10;

// Threads of libvips within one picture: there is more than one picture.
sharp.concurrency(1);
// Every picture is made once.
sharp.cache(false);

/** The first picture of an animation, as it is to be held. */
function read(path: string) {
  return sharp(path, { limitInputPixels: MAX_PIXELS, failOn: "error", pages: 1 })
    .timeout({ seconds: MAX_SECONDS })
    .autoOrient();
}

/** What stands behind an item: its picture, out of focus. */
export async function blur(path: string): Promise<Buffer> {
  const spot = await read(path).resize(64, 36, { fit: "cover" }).flatten({ background: "#101418" }).png().toBuffer();
  return sharp(spot)
    .resize(WIDE)
    .blur(12)
    .modulate({ brightness: 0.7 })
    .toColourspace("srgb")
    .jpeg({ quality: 75 })
    .toBuffer();
}

/** In the colours of screens, never larger than it was. */
export function shrink(path: string, { width, height }: Box): Promise<Buffer> {
  return read(path)
    .resize({ width, height, fit: "inside", withoutEnlargement: true })
    .flatten({ background: "#101418" })
    .toColourspace("srgb")
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
