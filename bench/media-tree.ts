import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const samples = new URL("../samples/media/", import.meta.url);
const EPISODE = "Shows/Gleis Neuneinhalb/Season 01/Gleis Neuneinhalb - S01E01 - Grüße aus Üsenbach.mkv";
const TRACK = "Music/Marisol Quandt/Salt Maps (2016)/01 - Brackish.mp3";

export interface MediaTree {
  readonly shows: string;
  readonly music: string;
  readonly episodes: readonly string[];
  readonly tracks: readonly string[];
}

/** A tree of `files` real, small files: half episodes (mkv), half tracks (mp3), each with its own name and tags. */
export function makeMediaTree(root: string, files: number): MediaTree {
  const episode = readFileSync(new URL(encodeURI(EPISODE), samples));
  const audio = withoutTag(readFileSync(new URL(encodeURI(TRACK), samples)));
  // In the past: a file that has just changed is taken for one that is still being copied.
  const made = new Date(Date.now() - 86_400_000);
  const write = (folder: string, name: string, bytes: Buffer) => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    writeFileSync(path, bytes);
    utimesSync(path, made, made);
    return path;
  };
  const tree = { shows: join(root, "shows"), music: join(root, "music") };
  const episodes = Array.from({ length: Math.floor(files / 2) }, (_, index) => {
    const show = `Show ${digits(Math.floor(index / 40), 4)}`;
    const season = digits((Math.floor(index / 20) % 2) + 1, 2);
    const name = `${show} - S${season}E${digits((index % 20) + 1, 2)}.mkv`;
    return write(join(tree.shows, show, `Season ${season}`), name, episode);
  });
  const tracks = Array.from({ length: files - episodes.length }, (_, index) => {
    const artist = `Artist ${digits(Math.floor(index / 24), 4)}`;
    const album = `Album ${(Math.floor(index / 12) % 2) + 1}`;
    const track = (index % 12) + 1;
    const title = `Track ${index}`;
    const tag = id3({ TPE1: artist, TALB: album, TIT2: title, TRCK: String(track) });
    return write(join(tree.music, artist, album), `${digits(track, 2)} - ${title}.mp3`, Buffer.concat([tag, audio]));
  });
  return { ...tree, episodes, tracks };
}

function digits(number: number, length: number): string {
  return String(number).padStart(length, "0");
}

/** An ID3v2.4 tag of text frames (https://id3.org/id3v2.4.0-structure). */
function id3(frames: Readonly<Record<string, string>>): Buffer {
  const body = Buffer.concat(
    Object.entries(frames).map(([id, text]) => {
      const content = Buffer.from(`\x03${text}`);
      return Buffer.concat([Buffer.from(id), syncsafe(content.length), Buffer.alloc(2), content]);
    }),
  );
  return Buffer.concat([Buffer.from("ID3\x04\0\0", "latin1"), syncsafe(body.length), body]);
}

function withoutTag(file: Buffer): Buffer {
  if (file.toString("latin1", 0, 3) !== "ID3") return file;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (file[at] ?? 0), 0);
  return file.subarray(10 + size);
}

/** A number as ID3 writes sizes: seven bits a byte. */
function syncsafe(size: number): Buffer {
  return Buffer.from([21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f));
}
