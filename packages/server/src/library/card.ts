import { createHash } from "node:crypto";
import type { MediaContainer } from "@reelay/protocol";

/** What a drawn card shows. */
export interface Card {
  readonly type: string;
  readonly title: string;
  /** The year of a film, the show of a season, the artist of an album. Empty for none. */
  readonly subtitle: string;
}

export interface CardSize {
  readonly width: number;
  readonly height: number;
}

/** The card of an item that has no picture. @param metadata as REST bodies and webhooks carry it */
export function cardOf(metadata: MediaContainer): Card {
  const text = (key: string) => (metadata[key] === undefined ? "" : String(metadata[key]));
  const type = text("type");
  return { type, title: text("title"), subtitle: subtitleOf(type, text) };
}

function subtitleOf(type: string, text: (key: string) => string): string {
  switch (type) {
    case "season":
    case "album":
      return text("parentTitle");
    case "episode": {
      const [season, episode] = [text("parentIndex"), text("index")];
      const number =
        season === "" || episode === "" ? "" : ` · S${season.padStart(2, "0")} E${episode.padStart(2, "0")}`;
      return `${text("grandparentTitle")}${number}`;
    }
    case "track":
      return text("originalTitle") || text("grandparentTitle");
    default:
      return text("year");
  }
}

/** As wide as the pictures that such an item usually has. */
export function sizeOfCard(type: string): CardSize {
  if (type === "artist" || type === "album" || type === "track") return { width: 320, height: 320 };
  return type === "episode" ? { width: 480, height: 270 } : { width: 320, height: 480 };
}

const glyphs: Readonly<Record<string, string>> = {
  movie: `<path d="M8 30h84v56a6 6 0 0 1-6 6H14a6 6 0 0 1-6-6z"/><path d="M8 26 5 14l81-12 3 12z"/>`,
  show: `<path d="M12 24h76a8 8 0 0 1 8 8v44a8 8 0 0 1-8 8H12a8 8 0 0 1-8-8V32a8 8 0 0 1 8-8z"/><path d="M32 90h36v6H32z"/><path d="m30 4 20 18L70 4l4 4-18 18H44L26 8z"/>`,
  episode: `<path d="M50 4a46 46 0 1 0 0 92 46 46 0 0 0 0-92zM40 28l34 22-34 22z" fill-rule="evenodd"/>`,
  artist: `<circle cx="50" cy="30" r="24"/><path d="M8 96c0-24 18-36 42-36s42 12 42 36z"/>`,
  album: `<path d="M50 2a48 48 0 1 0 0 96 48 48 0 0 0 0-96zm0 32a16 16 0 1 1 0 32 16 16 0 0 1 0-32z" fill-rule="evenodd"/><circle cx="50" cy="50" r="6"/>`,
  track: `<path d="M36 8 88 2v66a14 14 0 1 1-10-13V22l-32 4v52a14 14 0 1 1-10-13z"/>`,
};

/**
 * Everything but the letters: colours that follow from the title, and a sign for the type.
 * @param alone the sign is all that there is to see: in the middle, and bright
 */
export function cardBackground(
  { type, title }: Pick<Card, "type" | "title">,
  { width, height }: CardSize,
  alone = false,
): string {
  const digest = createHash("sha256").update(`${type}\n${title}`).digest();
  const hue = Math.floor((digest.readUInt16BE(0) / 65_536) * 360);
  const turn = 25 + ((digest[2] ?? 0) % 40);
  const glyph = glyphs[type] ?? glyphs[type === "season" ? "show" : "movie"];
  const side = Math.round(Math.min(width, height) * (alone ? 0.5 : 0.62));
  const left = alone ? Math.round((width - side) / 2) : width - side * 0.86;
  const top = Math.round(alone ? (height - side) * 0.4 : height * 0.07);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x1="0" y1="0" x2="0.6" y2="1"><stop offset="0" stop-color="hsl(${hue},46%,40%)"/>
    <stop offset="1" stop-color="hsl(${(hue + turn) % 360},58%,15%)"/></linearGradient>
    <linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0.35" stop-opacity="0"/>
    <stop offset="1" stop-opacity="0.5"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/>
    <g fill="#fff" fill-opacity="${alone ? 0.85 : 0.16}" transform="translate(${left} ${top}) scale(${side / 100})">${glyph}</g>
    <rect width="100%" height="100%" fill="url(#s)"/></svg>`;
}
