/** What is passed on: what only shows something. All else is no business of a listener, or changes things by GET. */
const SHOWN = [
  "library",
  "hubs",
  "playlists",
  "status",
  "accounts",
  "devices",
  "clients",
  "servers",
  "activities",
  "butler",
  "statistics",
  "livetv",
  "identity",
] as const;

const ALSO_SHOWN: ReadonlySet<string> = new Set([
  "/",
  "/:/prefs",
  "/photo/:/transcode",
  "/transcode/sessions",
  "/updater/status",
  "/media/providers",
]);

/** Steps of a path that do something, by whatever method they are asked. */
const DOES =
  /\/(?:refresh|analyze|terminate|match|unmatch|merge|split|emptyTrash|optimize|clean|delete|cancel|stop|prefs|addetect|intros|credits|index|voiceActivity|file\.[a-z0-9]+)(?:\/|$)/i;

/** Whether the owner's GET of it is passed on. @param path without its query, percent-encoded */
export function isShown(path: string): boolean {
  if (ALSO_SHOWN.has(path)) return true;
  const [, first = ""] = path.split("/");
  return SHOWN.some((one) => one === first) && !DOES.test(path) && !/%2f|%5c|\/\.\.?(?:\/|$)/i.test(path);
}

/** What a member may ask for, if it may use the sections. */
export type MembersPath =
  | { readonly kind: "root" }
  | { readonly kind: "sections" }
  | { readonly kind: "section"; readonly sectionId: number }
  | { readonly kind: "items"; readonly ids: string; readonly isPicture: boolean };

/** @returns undefined for what only the owner may ask for */
export function membersPath(path: string): MembersPath | undefined {
  if (path === "/" || path === "/identity") return { kind: "root" };
  if (/^\/library\/sections(?:\/all)?$/.test(path)) return { kind: "sections" };
  const [, section] = /^\/library\/sections\/(\d{1,9})(?:\/(?:all|recentlyAdded|newest))?$/.exec(path) ?? [];
  if (section !== undefined) return { kind: "section", sectionId: Number(section) };
  const item =
    /^\/library\/metadata\/(\d{1,12}(?:,\d{1,12}){0,99})(?:\/(children|allLeaves|(?:thumb|art)(?:\/\d{1,15})?))?$/;
  const [, ids, part = ""] = item.exec(path) ?? [];
  if (ids !== undefined) return { kind: "items", ids, isPicture: /^(?:thumb|art)/.test(part) };
  return undefined;
}
