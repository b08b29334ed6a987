import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import type { MatchSubject } from "./match.ts";

/**
 * What a filter sees of a Plex webhook's JSON payload. What the payload does not have does not exist (`null`): `library.new` has no player,
 * `admin.*` and `device.new` no item, trailers no section. Lenient: ids may be numbers or texts, and what has another type counts as absent.
 */
export function matchSubjectOfWebhook(payload: unknown): MatchSubject {
  const root = isJsonObject(payload) ? payload : {};
  const player = partOf(root.Player);
  const server = partOf(root.Server);
  const account = partOf(root.Account);
  const item = partOf(root.Metadata);
  return {
    event: textOf(root.event) ?? "",
    player: player && withoutUndefined({ title: textOf(player.title), uuid: textOf(player.uuid) }),
    account: account && withoutUndefined({ title: textOf(account.title), id: idOf(account.id) }),
    local: typeof player?.local === "boolean" ? player.local : null,
    type: textOf(item?.type) ?? null,
    section: item && sectionOf(item),
    server: server && withoutUndefined({ title: textOf(server.title), uuid: textOf(server.uuid) }),
    duration: typeof item?.duration === "number" ? item.duration : null,
  };
}

function sectionOf(item: JsonObject): NonNullable<MatchSubject["section"]> | null {
  const title = textOf(item.librarySectionTitle);
  const id = idOf(item.librarySectionID);
  return title === undefined && id === undefined ? null : withoutUndefined({ title, id });
}

function partOf(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function idOf(value: JsonValue | undefined): number | string | undefined {
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(thing: T): Present<T> {
  return Object.fromEntries(Object.entries(thing).filter(([, value]) => value !== undefined)) as Present<T>;
}
