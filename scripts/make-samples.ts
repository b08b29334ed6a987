// Makes the sample library `samples/media` and, by asking ffprobe about the result, `samples/expected.json`.
// Run with `node scripts/make-samples.ts`; needs ffmpeg with libx264, libx265 and libmp3lame (Debian's has them).
// All works are invented. One thread and bitexact muxing, so that a second run gives the same bytes.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { albums, films, type Picture, type Sample, shows } from "./sample-list.ts";

const root = join(import.meta.dirname, "..", "samples");
const media = join(root, "media");
const exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"];

const ffmpeg = (...args: string[]): void => {
  execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", ...args], { stdio: "inherit" });
};

const place = (file: string): string => {
  const path = join(media, file);
  mkdirSync(dirname(path), { recursive: true });
  return path;
};

/** A flat two-colour picture with a disc: recognisable at a glance and a few kilobytes as JPEG. */
function makePicture(file: string, { width, height, hue }: Picture): void {
  const size = `${width}x${height}`;
  const gradient = `gradients=s=${size}:c0=0x203050:c1=0xd0a060:x0=0:y0=0:x1=${width}:y1=${height}:d=1:r=1:seed=7`;
  const disc = `drawbox=x=iw/4:y=ih/3:w=iw/2:h=ih/3:color=white@0.5:t=fill,hue=h=${hue}`;
  ffmpeg("-f", "lavfi", "-i", `${gradient},${disc}`, "-frames:v", "1", "-threads", "1", "-q:v", "6", ...exact, file);
}

function makeVideo(sample: Extract<Sample, { kind: "video" }>): void {
  const path = place(sample.file);
  const [width, height] = sample.size;
  const picture = `testsrc2=size=${width}x${height}:rate=${sample.fps}:duration=${sample.seconds},hue=h=${sample.hue}`;
  const tone = `sine=frequency=${220 + sample.hue}:sample_rate=44100:duration=${sample.seconds}`;
  const codec =
    sample.video === "hevc"
      ? ["-c:v", "libx265", "-x265-params", "pools=none:frame-threads=1:log-level=error", "-tag:v", "hvc1"]
      : ["-c:v", "libx264", "-profile:v", "main", "-threads:v", "1"];
  const cover = join(dirname(path), "cover.tmp.jpg");
  if (sample.cover) makePicture(cover, sample.cover);
  ffmpeg(
    ...["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-pix_fmt", "yuv420p"],
    ...[...codec, "-preset", "veryslow", "-crf", String(sample.crf)],
    ...["-c:a", sample.audio, "-ac", "2", "-b:a", "48k", "-metadata:s:a:0", "language=eng"],
    ...(sample.cover ? ["-attach", cover, "-metadata:s:t", "mimetype=image/jpeg"] : []),
    ...(sample.cover ? ["-metadata:s:t", "filename=cover.jpg"] : []),
    ...[...exact, "-movflags", "+faststart", path],
  );
  rmSync(cover, { force: true });
}

function makeTrack(sample: Extract<Sample, { kind: "audio" }>): void {
  const path = place(sample.file);
  const tone = `sine=frequency=${sample.hertz}:beep_factor=3:sample_rate=44100:duration=${sample.seconds}`;
  const tags = Object.entries(sample.tags).flatMap(([key, value]) => ["-metadata", `${key}=${value}`]);
  const cover = join(dirname(path), "cover.tmp.jpg");
  if (sample.cover) makePicture(cover, sample.cover);
  ffmpeg(
    ...["-f", "lavfi", "-i", tone, ...(sample.cover ? ["-i", cover, "-map", "0:a", "-map", "1:v"] : [])],
    ...(sample.cover ? ["-c:v", "copy", "-disposition:v", "attached_pic"] : []),
    ...(sample.codec === "mp3" ? ["-c:a", "libmp3lame", "-b:a", "64k", "-id3v2_version", "4"] : ["-c:a", "flac"]),
    ...["-ac", sample.codec === "mp3" ? "2" : "1", ...exact, ...tags, path],
  );
  rmSync(cover, { force: true });
}

/** A Matroska file whose copy went wrong after its signature: noise, the same each time (xorshift). */
function makeBroken(file: string): void {
  const bytes = Buffer.alloc(6000);
  Buffer.from("1a45dfa3", "hex").copy(bytes);
  let state = 0x2545f491;
  for (let at = 4; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  writeFileSync(place(file), bytes);
}

interface Probed {
  readonly format: { readonly duration: string };
  readonly streams: readonly { readonly codec_type: string; readonly codec_name: string }[];
}

function probe(file: string): { durationMs: number; videoCodec: string | null; audioCodec: string | null } {
  const args = ["-v", "error", "-of", "json", "-show_format", "-show_streams", join(media, file)];
  const { format, streams } = JSON.parse(execFileSync("ffprobe", args, { encoding: "utf8" })) as Probed;
  const codec = (type: string): string | null =>
    streams.find((s) => s.codec_type === type && !/^(mjpeg|png)$/.test(s.codec_name))?.codec_name ?? null;
  return {
    durationMs: Math.round(Number(format.duration) * 1000),
    videoCodec: codec("video"),
    audioCodec: codec("audio"),
  };
}

rmSync(media, { recursive: true, force: true });
const samples: readonly Sample[] = [...films, ...shows.flatMap((s) => s.episodes), ...albums.flatMap((a) => a.tracks)];
for (const sample of samples) {
  if (sample.kind === "video") makeVideo(sample);
  else if (sample.kind === "audio") makeTrack(sample);
  else makeBroken(sample.file);
}
const beside = [...films, ...shows, ...albums].flatMap((owner) => (owner.beside ? [owner.beside] : []));
for (const { file, picture } of beside) makePicture(place(file), picture);

const expected = {
  about: "What samples/media holds: names from scripts/sample-list.ts, the facts of the files from ffprobe.",
  counts: { films: films.length, episodes: 10, tracks: 12 },
  items: samples.map((sample) => ({
    file: sample.file,
    ...sample.facts,
    container: sample.file.slice(sample.file.lastIndexOf(".") + 1),
    ...(sample.kind === "broken" ? { durationMs: null, videoCodec: null, audioCodec: null } : probe(sample.file)),
    hasPicture: (sample.kind !== "broken" && Boolean(sample.cover)) || films.some((f) => f === sample && f.beside),
    broken: sample.kind === "broken",
  })),
  shows: shows.map(({ title, year, seasons, beside: picture }) => ({ title, year, seasons, hasPicture: !!picture })),
  albums: albums.map(({ artist, title, year, beside: picture, tracks }) => ({
    ...{ artist, title, year, hasPicture: !!picture || tracks.some((t) => t.kind === "audio" && t.cover) },
  })),
  pictures: beside.map(({ file }) => file),
};
writeFileSync(join(root, "expected.json"), `${JSON.stringify(expected, null, 2)}\n`);
