import { openAsBlob } from "node:fs";
import { type IAudioMetadata, parseBlob, selectCover } from "music-metadata";
import type { TrackTags } from "./naming-track-tags.ts";
import { MAX_PICTURE_BYTES, pictureTypeOf } from "./picture-type.ts";
import { known, whenKnown } from "./probe-facts.ts";
import { audioCodecName, channelLayoutName, containerName } from "./probe-names.ts";
import type { EmbeddedPicture, MediaFacts, ProbeResult, StreamFacts } from "./probe-result.ts";

/** Counting the frames of a larger file takes too long; MediaInfo estimates instead. */
const MAX_COUNTED = 64 * 1024 * 1024;

const count = (value: number | null | undefined): number | undefined => (value && value > 0 ? value : undefined);

function factsOf({ format }: IAudioMetadata, size: number): MediaFacts | undefined {
  const seconds = count(format.duration);
  if (seconds === undefined || !format.codec) return undefined;
  const container = whenKnown(format.container, (name) => containerName(name, undefined));
  const codec = audioCodecName(format.codec, format.codecProfile);
  const profile = codec === "aac" ? (/\bHE\b/.test(format.codecProfile ?? "") ? "he-aac" : "lc") : undefined;
  const channels = count(format.numberOfChannels);
  const kilobits = Math.round((format.bitrate ?? (size * 8) / seconds) / 1000);
  const stream = known<StreamFacts>({
    ...{ streamType: 2, index: 0, codec, profile, bitrate: count(kilobits), default: true },
    ...{ channels, audioChannelLayout: whenKnown(channels, channelLayoutName) },
    ...{ samplingRate: count(format.sampleRate), bitDepth: count(format.bitsPerSample) },
  });
  return known<MediaFacts>({
    container,
    durationMs: Math.round(seconds * 1000),
    bitrateKbps: count(kilobits),
    audioCodec: codec,
    audioChannels: channels,
    audioProfile: profile,
    streams: [stream],
  });
}

function tagsOf({ common }: IAudioMetadata): TrackTags {
  return known<TrackTags>({
    title: common.title,
    artist: common.artist,
    albumArtist: common.albumartist,
    album: common.album,
    track: count(common.track.no),
    disc: count(common.disk.no),
    year: count(common.year),
    genres: common.genre,
    compilation: common.compilation || undefined,
  });
}

function coverOf({ common }: IAudioMetadata): EmbeddedPicture | undefined {
  const cover = selectCover(common.picture);
  const mime = cover && pictureTypeOf(cover.data);
  if (!cover || !mime || cover.data.length > MAX_PICTURE_BYTES) return undefined;
  return { bytes: Uint8Array.from(cover.data), mime };
}

/** Tags, cover and facts of a track. Rejects for a file that music-metadata cannot make sense of. */
export async function probeAudio(path: string | Uint8Array): Promise<Pick<ProbeResult, "media" | "tags" | "picture">> {
  // A Blob is read piece by piece, and unlike `parseFile` it takes names that are not UTF-8.
  const blob = await openAsBlob(typeof path === "string" ? path : Buffer.from(path));
  const quick = await parseBlob(blob);
  // Only where no header tells the duration are all frames counted.
  const mustCount = !quick.format.duration && blob.size <= MAX_COUNTED;
  const metadata = mustCount ? await parseBlob(blob, { duration: true }) : quick;
  const [media, tags, picture] = [factsOf(metadata, blob.size), tagsOf(metadata), coverOf(metadata)];
  return {
    ...(media ? { media } : {}),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
    ...(picture ? { picture } : {}),
  };
}
