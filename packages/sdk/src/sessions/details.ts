import type { SessionReport } from "@reelay/protocol";
import type { SessionAccount, SessionItem, SessionPlayer } from "./types.ts";

/** What the server's list of sessions tells of one. */
export interface SessionDetails {
  readonly sessionKey?: string;
  readonly viewOffset?: number;
  readonly state?: string;
  readonly item: SessionItem;
  readonly player: SessionPlayer;
  readonly account: SessionAccount;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the entries of `/status/sessions`; of those in XML every scalar is text, and every part a list of one. */
export function readSessions(container: Fields): SessionDetails[] {
  return listOf(container.Metadata).map((entry) => {
    const [player = {}] = listOf(entry.Player);
    const [account = {}] = listOf(entry.User);
    return {
      ...textAs("sessionKey", entry.sessionKey),
      ...numberAs("viewOffset", entry.viewOffset),
      ...textAs("state", player.state),
      item: readItem(entry),
      player: {
        ...textAs("uuid", player.machineIdentifier),
        ...textAs("title", player.title),
        ...textAs("product", player.product),
        ...textAs("platform", player.platform),
        ...textAs("address", player.address),
        ...booleanAs("local", player.local),
      },
      account: { ...textAs("id", account.id), ...textAs("title", account.title), ...textAs("thumb", account.thumb) },
    };
  });
}

/** An item as lists and `/library/metadata/…` have it. */
export function readItem(entry: Fields): SessionItem {
  const section = { ...textAs("id", entry.librarySectionID), ...textAs("title", entry.librarySectionTitle) };
  return {
    ratingKey: text(entry.ratingKey) ?? "",
    ...textAs("type", entry.type),
    ...textAs("title", entry.title),
    ...textAs("parentTitle", entry.parentTitle),
    ...textAs("grandparentTitle", entry.grandparentTitle),
    ...numberAs("index", entry.index),
    ...numberAs("parentIndex", entry.parentIndex),
    ...numberAs("year", entry.year),
    ...textAs("guid", entry.guid),
    ...textAs("thumb", entry.thumb),
    ...numberAs("duration", entry.duration),
    ...(Object.keys(section).length > 0 ? { section } : {}),
  };
}

/** The objects of a list, or the one that stands without its list. */
export function listOf(value: unknown): readonly Fields[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((entry): entry is Fields => typeof entry === "object" && entry !== null);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function textAs<K extends string>(name: K, value: unknown): { readonly [N in K]?: string } {
  const read = text(value);
  return (read === undefined ? {} : { [name]: read }) as { readonly [N in K]?: string };
}

function numberAs<K extends string>(name: K, value: unknown): { readonly [N in K]?: number } {
  const read = text(value)?.trim() ? Number(value) : Number.NaN;
  return (Number.isFinite(read) ? { [name]: read } : {}) as { readonly [N in K]?: number };
}

function booleanAs<K extends string>(name: K, value: unknown): { readonly [N in K]?: boolean } {
  const known = typeof value === "boolean" ? value : value === "1" ? true : value === "0" ? false : undefined;
  return (known === undefined ? {} : { [name]: known }) as { readonly [N in K]?: boolean };
}

/** A listed session as a player would report it; undefined for what says neither item nor state. */
export function toReport(details: SessionDetails, at: number): SessionReport | undefined {
  const { sessionKey, viewOffset, state = "playing", item, player } = details;
  if (item.ratingKey === "" || !isPlayerState(state)) return undefined;
  return {
    ratingKey: item.ratingKey,
    state,
    at,
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(viewOffset === undefined ? {} : { viewOffset }),
    ...(player.uuid === undefined ? {} : { clientIdentifier: player.uuid }),
    ...(item.duration === undefined ? {} : { duration: item.duration }),
  };
}

function isPlayerState(state: string): state is SessionReport["state"] {
  return ["playing", "paused", "buffering", "stopped", "error"].includes(state);
}
