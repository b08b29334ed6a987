// MediaInfo's and music-metadata's words in Plex's, which are mostly FFmpeg's.

const VIDEO: Readonly<Record<string, string>> = {
  avc: "h264",
  "mpeg-4 visual": "mpeg4",
  "vc-1": "vc1",
  jpeg: "mjpeg",
  sorenson: "flv1",
};

const AUDIO: Readonly<Record<string, string>> = {
  "ac-3": "ac3",
  "e-ac-3": "eac3",
  dts: "dca",
  "mlp fba": "truehd",
  "mpeg 1 layer 3": "mp3",
  "mpeg 2 layer 3": "mp3",
  "mpeg 2.5 layer 3": "mp3",
  "mpeg 1 layer 2": "mp2",
  "mpeg 2 layer 2": "mp2",
  "vorbis i": "vorbis",
  "mpeg-4/aac": "aac",
  mp4a: "aac",
  "monkey's audio": "ape",
  wma: "wmav2",
};

const SUBTITLES: Readonly<Record<string, string>> = {
  "utf-8": "srt",
  subrip: "srt",
  "timed text": "mov_text",
  tx3g: "mov_text",
  "dvb subtitle": "dvb_subtitle",
};

const CONTAINER: Readonly<Record<string, string>> = {
  matroska: "mkv",
  "mpeg-4": "mp4",
  "mpeg-ts": "mpegts",
  bdav: "mpegts",
  "mpeg-ps": "mpeg",
  "flash video": "flv",
  "windows media": "asf",
  realmedia: "rm",
  "mpeg audio": "mp3",
  mpeg: "mp3",
  wave: "wav",
  "adts/mpeg-4": "aac",
  adts: "aac",
  "ac-3": "ac3",
  "monkey's audio": "ape",
};

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9_]/g, "");

/** `version` and `profile` tell the MPEGs apart: MediaInfo calls MPEG-1 and -2 both "MPEG Video". */
export function videoCodecName(format: string, version: string | undefined): string {
  const word = format.toLowerCase();
  if (word === "mpeg video") return version?.includes("1") ? "mpeg1video" : "mpeg2video";
  return VIDEO[word] ?? plain(format);
}

export function audioCodecName(format: string, profile: string | undefined): string {
  const word = format.toLowerCase();
  if (word === "mpeg audio") return profile === "Layer 2" ? "mp2" : "mp3";
  // An MP4's sample entry may come with its object type: `MPEG-4/AAC LC`.
  return AUDIO[word] ?? (word.includes("aac") ? "aac" : word.startsWith("mp4a") ? "aac" : plain(format));
}

export const subtitleCodecName = (format: string): string => SUBTITLES[format.toLowerCase()] ?? plain(format);

export function containerName(format: string, profile: string | undefined): string {
  const word = format.toLowerCase();
  if (word === "mpeg-4" && profile === "QuickTime") return "mov";
  // music-metadata lists an MP4's brands: `M4A/isom/iso2`.
  return CONTAINER[word] ?? (/^(?:m4[abpv]|mp4\d|isom|iso\d)/.test(word) ? "mp4" : plain(format.split("/")[0] ?? ""));
}

/** By either side, so that a wide picture counts as what it was cut from: 1280 × 544 is `720`. */
export function resolutionName(width: number, height: number): string {
  if (width > 2560 || height > 1440) return "4k";
  if (width > 1920 || height > 1088) return "2k";
  if (width > 1280 || height > 720) return "1080";
  if (width > 1024 || height > 576) return "720";
  if (height > 480) return "576";
  return width >= 720 || height >= 480 ? "480" : "sd";
}

export function frameRateName(framesPerSecond: number): string {
  if (framesPerSecond > 23.5 && framesPerSecond <= 24.1) return "24p";
  if (Math.abs(framesPerSecond - 25) < 0.1) return "PAL";
  if (framesPerSecond > 29.9 && framesPerSecond <= 30.1) return "NTSC";
  return `${Math.round(framesPerSecond)}p`;
}

export function channelLayoutName(channels: number): string {
  const names: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo", 3: "2.1", 6: "5.1", 7: "6.1", 8: "7.1" };
  return names[channels] ?? `${channels} channels`;
}

const languageNames = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

/** `en` → `English`; undefined for what is no language tag. */
export function languageName(tag: string): string | undefined {
  try {
    return languageNames.of(tag);
  } catch {
    return undefined; // RangeError: files say all sorts of things here.
  }
}
