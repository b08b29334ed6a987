import { segmentsOf, splitExtension } from "./naming-text.ts";

export type IgnoreReason = "hidden" | "system" | "unfinished" | "sample" | "extra" | "disc image" | "other type";

export type FileClass =
  | { readonly kind: "video" | "audio" | "picture" }
  | { readonly kind: "ignored"; readonly reason: IgnoreReason };

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const VIDEO = words(
  "mkv mp4 m4v mov avi wmv asf mpg mpeg mpe m2v ts m2ts mts webm flv f4v ogv ogm 3gp 3g2 divx rm rmvb mk3d dv",
);
const AUDIO = words("mp3 flac m4a m4b aac ogg oga opus wav aif aiff wma ape wv mka mpc dsf dff ac3 dts tta");
const PICTURE = words("jpg jpeg png webp");
const UNFINISHED = words("part partial crdownload !qb !ut !bt tmp temp download filepart aria2 bc! opdownload");

const SYSTEM = new Set([
  ...["@eadir", "@recycle", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"],
  ...["__macosx", "network trash folder", "thumbs.db", "desktop.ini", "ehthumbs.db"],
]);

// support.plex.tv, "Local Files for Trailers and Extras". The plain words are also what people call a show or a shelf
// of films, so they count only inside a folder.
const EXTRA_FOLDER = new Set(["behind the scenes", "deleted scenes", "featurettes", "trailers"]);
const EXTRA_FOLDER_INSIDE = new Set(["interviews", "scenes", "shorts", "other", "extras", "clips", "backdrops"]);
const EXTRA_SUFFIX = /.-(?:behindthescenes|deleted|featurette|interview|scene|short|trailer|other)$/i;

/** `…Baby One More Time`, spelled with dots, is a name; `.Trash` and `._film.mkv` are hidden. */
const isHidden = (part: string): boolean => part.startsWith(".") && !part.startsWith("...");

function isExtra(folders: readonly string[], stem: string): boolean {
  const inFolder = folders.some((folder, depth) => {
    const name = folder.toLowerCase();
    return EXTRA_FOLDER.has(name) || (depth > 0 && EXTRA_FOLDER_INSIDE.has(name));
  });
  return inFolder || EXTRA_SUFFIX.test(stem);
}

const isSample = (folders: readonly string[], stem: string): boolean =>
  folders.some((folder) => /^samples?$/i.test(folder)) || /(?:^|[-._])sample$/i.test(stem);

/** Whether a path is a video, a track, a picture, or nothing for the library, and then why. */
export function classifyFile(relativePath: string): FileClass {
  const { folders, name } = segmentsOf(relativePath);
  const { stem, extension } = splitExtension(name);
  const ignored = (reason: IgnoreReason): FileClass => ({ kind: "ignored", reason });
  const parts = [...folders, name];

  if (parts.some(isHidden)) return ignored("hidden");
  if (parts.some((part) => SYSTEM.has(part.toLowerCase()))) return ignored("system");
  if (UNFINISHED.has(extension) || name.endsWith("~") || name.startsWith("~$")) return ignored("unfinished");
  if (AUDIO.has(extension)) return { kind: "audio" };
  if (!VIDEO.has(extension) && !PICTURE.has(extension)) return ignored("other type");
  if (folders.some((folder) => /^(?:video_ts|bdmv)$/i.test(folder))) return ignored("disc image");
  if (isSample(folders, stem)) return ignored("sample");
  if (isExtra(folders, stem)) return ignored("extra");
  return { kind: VIDEO.has(extension) ? "video" : "picture" };
}
