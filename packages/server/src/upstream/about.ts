import { type JsonObject, metadataTypes, type SessionReport } from "@reelay/protocol";
import type { ItemSnapshot, NamedItemFacts, PersonFacts, PlayerFacts } from "../events/index.ts";
import { booleanOf, integerOf, objectsOf, present, textOf } from "./read-fields.ts";

/** What is known of a session besides what the state machine keeps. */
export interface About {
  readonly sessionId: string;
  readonly item: NamedItemFacts;
  readonly account: PersonFacts;
  readonly player: PlayerFacts;
  /** Of these the values mean nothing: the upstream could not be asked, or did not say. */
  readonly unknown: readonly ("item" | "account" | "player")[];
  readonly snapshot?: ItemSnapshot;
}

/** An entry of `/status/sessions`. */
export interface ListedSession {
  readonly sessionKey: string | undefined;
  readonly clientIdentifier: string | undefined;
  readonly report: SessionReport;
  readonly about: About;
}

/** What a notification alone tells of its session. */
export function aboutOfNotification(entry: JsonObject): About {
  return {
    sessionId: "",
    item: { sectionId: 0, itemId: integerOf(entry.ratingKey) ?? 0, metadataType: 0, updatedAt: 0, title: "" },
    account: { id: 0, title: "" },
    player: { ...NO_PLAYER, uuid: textOf(entry.clientIdentifier) ?? "" },
    unknown: ["item", "account", "player"],
  };
}

export const NO_PLAYER = { uuid: "", title: "", address: "", local: false, publicAddress: "", secure: false };

/** @returns undefined for an entry that says neither item nor state */
export function readListedSession(entry: JsonObject, at: number): ListedSession | undefined {
  const [player = {}] = objectsOf(entry.Player);
  const [user = {}] = objectsOf(entry.User);
  const [session = {}] = objectsOf(entry.Session);
  const ratingKey = textOf(entry.ratingKey);
  const key = textOf(entry.key);
  const state = textOf(player.state) ?? "playing";
  if ((ratingKey ?? key) === undefined || !isLive(state)) return undefined;
  const clientIdentifier = textOf(player.machineIdentifier);
  const sessionKey = textOf(entry.sessionKey);
  const viewOffset = integerOf(entry.viewOffset);
  const duration = integerOf(entry.duration);
  const accountId = integerOf(user.id);
  const item = readItem(entry);
  const local = booleanOf(player.local);
  const isKnown = { item: item !== undefined, account: accountId !== undefined, player: local !== undefined };
  return {
    sessionKey,
    clientIdentifier,
    report: {
      state,
      at,
      ...present({ sessionKey, clientIdentifier, ratingKey, key, viewOffset, duration }),
    } as SessionReport,
    about: {
      sessionId: textOf(session.id) ?? "",
      item: item ?? { sectionId: 0, itemId: integerOf(entry.ratingKey) ?? 0, metadataType: 0, updatedAt: 0, title: "" },
      account: { id: accountId ?? 0, title: textOf(user.title) ?? "", ...present({ thumb: textOf(user.thumb) }) },
      player: {
        ...NO_PLAYER,
        uuid: clientIdentifier ?? "",
        title: textOf(player.title) ?? textOf(player.product) ?? "",
        address: textOf(player.address) ?? "",
        local: local ?? false,
        publicAddress: textOf(player.remotePublicAddress) ?? "",
        secure: booleanOf(player.secure) ?? false,
        ...present({
          product: textOf(player.product),
          version: textOf(player.version),
          platform: textOf(player.platform),
          platformVersion: textOf(player.platformVersion),
          device: textOf(player.device),
          deviceClass: textOf(player.deviceClass),
          model: textOf(player.model),
          vendor: textOf(player.vendor),
          profile: textOf(player.profile),
          protocolVersion: textOf(player.protocolVersion),
        }),
      },
      unknown: (["item", "account", "player"] as const).filter((part) => !isKnown[part]),
      snapshot: snapshotOf(entry),
    },
  };
}

/** What an item's own entry adds to what is known of its playback. */
export function withItem(about: About, entry: JsonObject): About {
  const item = readItem(entry);
  if (item === undefined) return about;
  return { ...about, item, snapshot: snapshotOf(entry), unknown: about.unknown.filter((part) => part !== "item") };
}

function isLive(state: string): state is "playing" | "paused" | "buffering" {
  return state === "playing" || state === "paused" || state === "buffering";
}

/** Where an item stands, by an entry of a list or of `/library/metadata`; undefined for what is in no library. */
export function readItem(entry: JsonObject): NamedItemFacts | undefined {
  const itemId = integerOf(entry.ratingKey);
  const type = textOf(entry.type) ?? "";
  if (itemId === undefined || !Object.hasOwn(metadataTypes, type)) return undefined;
  const number = (value: number | undefined) => String(value ?? 0).padStart(2, "0");
  const show = textOf(entry.grandparentTitle);
  const title =
    type === "episode" && show !== undefined
      ? `${show} S${number(integerOf(entry.parentIndex))} E${number(integerOf(entry.index))}`
      : (textOf(entry.title) ?? "");
  return {
    sectionId: integerOf(entry.librarySectionID) ?? 0,
    itemId,
    ...present({ parentId: integerOf(entry.parentRatingKey), rootId: integerOf(entry.grandparentRatingKey) }),
    metadataType: metadataTypes[type as keyof typeof metadataTypes],
    updatedAt: integerOf(entry.updatedAt) ?? 0,
    title,
  };
}

/** What is about the playback and not about the item, and files, which webhooks do not show. */
const NOT_OF_THE_ITEM = new Set(["sessionKey", "viewOffset", "Media", "User", "Player", "Session", "TranscodeSession"]);

const sectionTypes: Readonly<Record<string, string>> = {
  ...{ movie: "movie", clip: "movie", show: "show", season: "show", episode: "show" },
  ...{ artist: "artist", album: "artist", track: "artist", photo: "photo" },
};

/** The upstream's own JSON of an item, as webhooks show it. Its picture stays there. */
export function snapshotOf(entry: JsonObject): ItemSnapshot {
  const sectionType = sectionTypes[textOf(entry.type) ?? ""];
  const sectionId = integerOf(entry.librarySectionID);
  const metadata = {
    ...(sectionType === undefined ? {} : { librarySectionType: sectionType }),
    ...Object.fromEntries(Object.entries(entry).filter(([name]) => !NOT_OF_THE_ITEM.has(name))),
    // Text in a list of sessions, a number in a library and in webhooks.
    ...(sectionId === undefined ? {} : { librarySectionID: sectionId }),
  };
  return { metadata: metadata as ItemSnapshot["metadata"], thumb: null };
}
