import { type Fingerprint, fingerprintOf, openMedia } from "./fingerprint.ts";
import { probeAudio } from "./probe-audio.ts";
import { errorOf, type ProbeKind, type ProbeOptions, type ProbeResult } from "./probe-result.ts";
import { probeVideo } from "./probe-video.ts";

type Found = Pick<ProbeResult, "media" | "tags" | "picture">;

async function read(path: string | Uint8Array, kind: ProbeKind, fd: number, size: number): Promise<Found> {
  if (kind === "video") return probeVideo(fd, size);
  const audio = await probeAudio(path).catch(() => undefined);
  // MediaInfo knows formats that music-metadata does not (AC-3, DTS, TTA), and reads further in damaged files.
  return audio?.media ? audio : { ...audio, ...(await probeVideo(fd, size)) };
}

/**
 * Reads one file: its fingerprint, what it is, its tags and its embedded cover. Never rejects: whatever is wrong with
 * the file is told in `error`. Runs in a worker, since MediaInfo computes without a pause.
 */
export async function probeFile(
  path: string | Uint8Array,
  kind: ProbeKind,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  let fingerprint: Fingerprint | undefined;
  const opened = await openMedia(path).catch((error: unknown) => ({ error: errorOf(error) }));
  if ("error" in opened) return opened;
  const { handle, size } = opened;
  try {
    fingerprint = await fingerprintOf(handle, size);
    if (size === 0) {
      return { fingerprint, error: { code: "REELAY_MEDIA_EMPTY", cause: "The file is empty." } };
    }
    const { picture, ...found } = await read(path, kind, handle.fd, size);
    if (!found.media) {
      const cause = "The file is damaged or not what its name says: no duration and no stream was found in it.";
      return { fingerprint, ...found, error: { code: "REELAY_MEDIA_UNREADABLE", cause } };
    }
    return { fingerprint, ...found, ...(picture && options.picture !== false ? { picture } : {}) };
  } catch (error) {
    return { ...(fingerprint ? { fingerprint } : {}), error: errorOf(error) };
  } finally {
    await handle.close();
  }
}
