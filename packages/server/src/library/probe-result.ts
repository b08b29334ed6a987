import type { Fingerprint } from "./fingerprint.ts";
import type { TrackTags } from "./naming-track-tags.ts";
import type { PictureMime } from "./picture-type.ts";

export type ProbeKind = "video" | "audio";

export interface ProbeOptions {
  /** Also read the embedded cover. Default true. */
  readonly picture?: boolean;
}

/** One stream, in Plex's words; `streamType` is 1 for video, 2 for audio, 3 for subtitles. */
export interface StreamFacts {
  readonly streamType: 1 | 2 | 3;
  readonly index: number;
  readonly codec?: string;
  readonly default?: boolean;
  readonly forced?: boolean;
  readonly title?: string;
  /** BCP 47, as in the file: `en`. */
  readonly languageTag?: string;
  /** In English: `English`. */
  readonly language?: string;
  /** kbit/s */
  readonly bitrate?: number;
  readonly profile?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  readonly bitDepth?: number;
  readonly chromaSubsampling?: string;
  readonly scanType?: string;
  readonly channels?: number;
  readonly audioChannelLayout?: string;
  readonly samplingRate?: number;
}

/** What Plex writes on a `Media` element; what a file does not tell is left out. */
export interface MediaFacts {
  readonly container?: string;
  readonly durationMs?: number;
  readonly bitrateKbps?: number;
  readonly width?: number;
  readonly height?: number;
  readonly aspectRatio?: number;
  readonly videoCodec?: string;
  /** `4k`, `2k`, `1080`, `720`, `576`, `480`, `sd` */
  readonly videoResolution?: string;
  /** `24p`, `PAL`, `NTSC`, `60p` … */
  readonly videoFrameRate?: string;
  readonly videoProfile?: string;
  readonly audioCodec?: string;
  readonly audioChannels?: number;
  readonly audioProfile?: string;
  readonly streams: readonly StreamFacts[];
}

export interface EmbeddedPicture {
  readonly bytes: Uint8Array;
  readonly mime: PictureMime;
}

export type ProbeErrorCode =
  /** Neither a duration nor a stream was found, the probe crashed on it, or reading failed. */
  | "REELAY_MEDIA_UNREADABLE"
  | "REELAY_MEDIA_EMPTY"
  /** The probe did not end within its time and was stopped. */
  | "REELAY_MEDIA_TIMEOUT"
  /** Gone between being listed and being read. */
  | "REELAY_MEDIA_VANISHED"
  | "REELAY_MEDIA_DENIED";

export interface ProbeError {
  readonly code: ProbeErrorCode;
  /** For people: one sentence, without a path and without a stack. */
  readonly cause: string;
}

/** Either `media` or `error`; the fingerprint is there whenever the file could be read at all. */
export interface ProbeResult {
  readonly fingerprint?: Fingerprint;
  readonly media?: MediaFacts;
  readonly tags?: TrackTags;
  readonly picture?: EmbeddedPicture;
  readonly error?: ProbeError;
}

/** What a failed file operation means for a media file. */
export function errorOf(error: unknown): ProbeError {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ESTALE") {
    return { code: "REELAY_MEDIA_VANISHED", cause: "The file was gone when it was to be read." };
  }
  if (code === "EACCES" || code === "EPERM") {
    return { code: "REELAY_MEDIA_DENIED", cause: "This user may not read the file." };
  }
  const what = typeof code === "string" ? code : error instanceof Error ? error.message.split("\n")[0] : String(error);
  return { code: "REELAY_MEDIA_UNREADABLE", cause: `The file cannot be read: ${what}.` };
}
