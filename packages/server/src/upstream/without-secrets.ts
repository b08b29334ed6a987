import type { JsonObject, JsonValue, MediaContainer } from "@reelay/protocol";

const NAMES = "authToken|authenticationToken|accessToken|transientToken|PlexOnlineToken|token|secret";
const attribute = new RegExp(`\\b((?:${NAMES})=")[^"]*`, "gi");
const member = new RegExp(`("(?:${NAMES})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, "gi");
/** The preference that holds the server's own token: `<Setting id="PlexOnlineToken" … value="…"/>`, in either form. */
const setting = /(<Setting\b[^>]*\bid="PlexOnlineToken"[^>]*>)|(\{[^{}]*"id"\s*:\s*"PlexOnlineToken"[^{}]*\})/gi;

/**
 * An answer of an upstream as it may be shown: the token that this server has there, and whatever else is called one, does
 * not leave it.
 */
export function withoutSecrets(body: Buffer, contentType: string, token: string | undefined): Buffer {
  if (!/^(?:text\/|application\/(?:json|xml|[\w.+-]*\+(?:json|xml)))/i.test(contentType)) return body;
  const text = body
    .toString("utf8")
    .replace(attribute, "$1")
    .replace(member, "$1")
    .replace(setting, (whole) => whole.replace(/((?:value|default)"?\s*[:=]\s*")(?:[^"\\]|\\.)*/g, "$1"));
  return Buffer.from(token === undefined || token === "" ? text : text.replaceAll(token, ""));
}

/** What the owner has seen and rated, and where files are: nothing for members. */
const OWNERS = new Set([
  ...["viewCount", "viewOffset", "lastViewedAt", "userRating", "lastRatedAt", "viewedLeafCount", "skipCount"],
  ...["file", "Location", "path"],
]);

/** A container as members may see it. @param sections those that it may use, where the container lists sections */
export function forMembers(container: JsonObject, sections?: "all" | ReadonlySet<number>): MediaContainer {
  const shown = strip(container);
  if (sections === undefined || sections === "all") return shown as MediaContainer;
  const listed: readonly JsonValue[] = Array.isArray(shown.Directory) ? shown.Directory : [];
  const Directory = listed.filter((one) => sections.has(Number((one as JsonObject).key)));
  return { ...shown, size: Directory.length, Directory } as MediaContainer;
}

function strip(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([name]) => !OWNERS.has(name) && !/token/i.test(name));
  return Object.fromEntries(
    kept.map(([name, one]): [string, JsonValue] => {
      if (Array.isArray(one)) return [name, one.filter(isObject).map(strip)];
      return [name, isObject(one) ? strip(one) : (one as JsonValue)];
    }),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
