import type { Media } from "../api/types.ts";

const containers: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/mp4",
  mkv: "video/x-matroska",
  webm: "video/webm",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  flac: "audio/flac",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  wav: "audio/wav",
  avi: "video/x-msvideo",
  mpegts: "video/mp2t",
};

const codecs: Readonly<Record<string, string>> = {
  h264: "avc1.640028",
  hevc: "hvc1.1.6.L120.B0",
  av1: "av01.0.08M.08",
  vp9: "vp09.00.40.08",
  vp8: "vp8",
  aac: "mp4a.40.2",
  ac3: "ac-3",
  eac3: "ec-3",
  dca: "dtsc",
  opus: "opus",
  vorbis: "vorbis",
  flac: "flac",
  mp3: "mp4a.69",
};

/** Those whose container says it all. */
const plain = new Set(["mp3", "flac", "wav"]);

/**
 * Why this browser will likely not play a file as it is; undefined when it says that it may. (Nothing is converted: a
 * player gets the file.)
 */
export function whyNotPlayable([media]: readonly Media[]): string | undefined {
  if (media === undefined) return "It has no file.";
  const { container, videoCodec, audioCodec } = media;
  if (container === undefined) return "Its file could not be read, so nobody knows what is in it.";
  const type = containers[container];
  const probe = document.createElement("video");
  if (type === undefined || probe.canPlayType(type) === "") {
    return `This browser does not play ${container.toUpperCase()} files. It may fail; other players get the same file.`;
  }
  if (plain.has(container)) return undefined;
  const bad = [videoCodec, audioCodec].find((codec) => {
    if (codec === undefined) return false;
    const name = codecs[codec];
    // Asked for in a container that browsers know: what matters is whether they can decode it.
    const place = videoCodec === undefined && type.startsWith("audio/") ? type : "video/mp4";
    const inWebm = ["vp8", "vorbis"].includes(codec);
    return name === undefined || probe.canPlayType(`${inWebm ? "video/webm" : place}; codecs="${name}"`) === "";
  });
  return bad === undefined
    ? undefined
    : `This browser cannot decode ${bad.toUpperCase()}. It may play in part or not at all; other players get the same file.`;
}
