import type { AudioTrack, GeneralTrack, MediaInfoResult, TextTrack, Track, VideoTrack } from "mediainfo.js";
import {
  audioCodecName,
  channelLayoutName,
  containerName,
  frameRateName,
  languageName,
  resolutionName,
  subtitleCodecName,
  videoCodecName,
} from "./probe-names.ts";
import type { MediaFacts, StreamFacts } from "./probe-result.ts";

/** `undefined` stays what it is: a fact made from one that may be unknown. */
export const whenKnown = <T, U>(value: T | undefined, make: (value: T) => U): U | undefined =>
  value === undefined ? undefined : make(value);

/** Only what is there: a fact that a file does not tell is no key. */
export function known<T extends object>(facts: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}

const positive = (value: unknown): number | undefined => {
  const number = typeof value === "string" ? Number.parseFloat(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : undefined;
};
const whole = (value: unknown): number | undefined => {
  const number = positive(value);
  return number === undefined ? undefined : Math.round(number);
};
const kilobits = (value: unknown): number | undefined => whole((positive(value) ?? 0) / 1000);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const flag = (value: unknown): boolean | undefined =>
  typeof value === "string" ? value.startsWith("Yes") || undefined : undefined;
/** `High@L4.1` → `high` */
const profile = (value: unknown): string | undefined => text(value)?.split(/[@/]/)[0]?.trim().toLowerCase();

function common(track: VideoTrack | AudioTrack | TextTrack) {
  const languageTag = text(track.Language);
  return {
    default: flag(track.Default),
    forced: flag(track.Forced),
    title: text(track.Title),
    languageTag,
    language: whenKnown(languageTag, languageName),
    bitrate: kilobits(track.BitRate),
  };
}

function videoStream(track: VideoTrack, index: number): StreamFacts {
  const format = text(track.Format);
  return known<StreamFacts>({
    ...{ streamType: 1, index, codec: format && videoCodecName(format, text(track.Format_Version)), ...common(track) },
    profile: profile(track.Format_Profile),
    width: whole(track.Width),
    height: whole(track.Height),
    frameRate: positive(track.FrameRate),
    bitDepth: whole(track.BitDepth),
    chromaSubsampling: text(track.ChromaSubsampling),
    scanType: text(track.ScanType)?.toLowerCase(),
  });
}

/** MediaInfo names what a decoder needs beyond the core: `LC` for AAC, `XLL` for DTS-HD Master Audio. */
function audioProfile(track: AudioTrack): string | undefined {
  const features = text(track.Format_AdditionalFeatures);
  if (text(track.Format) === "DTS") return features?.includes("XLL") ? "ma" : features?.includes("XBR") ? "hra" : "dts";
  if (text(track.Format) === "AAC") return features?.split(" ")[0]?.toLowerCase();
  return undefined;
}

function audioStream(track: AudioTrack, index: number): StreamFacts {
  const format = text(track.Format);
  const channels = whole(track.Channels);
  return known<StreamFacts>({
    ...{ streamType: 2, index, codec: format && audioCodecName(format, text(track.Format_Profile)), ...common(track) },
    profile: audioProfile(track),
    channels,
    audioChannelLayout: whenKnown(channels, channelLayoutName),
    samplingRate: whole(track.SamplingRate),
    bitDepth: whole(track.BitDepth),
  });
}

function subtitleStream(track: TextTrack, index: number): StreamFacts {
  const format = text(track.Format);
  return known<StreamFacts>({ streamType: 3, index, codec: format && subtitleCodecName(format), ...common(track) });
}

function streamOf(track: Track, index: number): StreamFacts | undefined {
  if (track["@type"] === "Video") return videoStream(track as VideoTrack, index);
  if (track["@type"] === "Audio") return audioStream(track as AudioTrack, index);
  return track["@type"] === "Text" ? subtitleStream(track as TextTrack, index) : undefined;
}

/** MediaInfo's report as Plex's facts; undefined for a file in which it found neither a duration nor a stream. */
export function factsOf(result: MediaInfoResult): MediaFacts | undefined {
  const tracks = result.media?.track ?? [];
  const general = tracks.find((track) => track["@type"] === "General") as GeneralTrack | undefined;
  const videoTrack = tracks.find((track) => track["@type"] === "Video") as VideoTrack | undefined;
  const streams = tracks.flatMap((track, index) => streamOf(track, index) ?? []).map((s, index) => ({ ...s, index }));
  const seconds =
    positive(general?.Duration) ?? Math.max(0, ...tracks.map((track) => positive(durationOf(track)) ?? 0));
  if (streams.length === 0 && seconds === 0) return undefined;

  const video = streams.find((stream) => stream.streamType === 1);
  const audio = streams.find((stream) => stream.streamType === 2);
  const format = text(general?.Format);
  return known<MediaFacts>({
    container: format && containerName(format, text(general?.Format_Profile)),
    durationMs: whole(seconds * 1000),
    bitrateKbps: kilobits(general?.OverallBitRate),
    width: video?.width,
    height: video?.height,
    aspectRatio: whenKnown(positive(videoTrack?.DisplayAspectRatio), (ratio) => Math.round(ratio * 100) / 100),
    videoCodec: video?.codec,
    videoResolution: video?.width && video.height ? resolutionName(video.width, video.height) : undefined,
    videoFrameRate: whenKnown(video?.frameRate, frameRateName),
    videoProfile: video?.profile,
    audioCodec: audio?.codec,
    audioChannels: audio?.channels,
    audioProfile: audio?.profile,
    streams,
  });
}

const durationOf = (track: Track): unknown => ("Duration" in track ? track.Duration : undefined);
