import {
  type MediaContainer,
  type MediaContainerValue,
  metadataTypes,
  type WebhookAccount,
  type WebhookPayload,
  type WebhookPlayer,
  type WebhookServer,
  webhookEvents,
} from "@reelay/protocol";
import type { ItemFacts } from "./item-facts.ts";
import type { DeviceFacts, MediaEvent } from "./media-event.ts";
import type { PlayerFacts } from "./playback-facts.ts";
import type { ItemSnapshot } from "./snapshots.ts";
import type { WebhookTold } from "./webhook-told.ts";

/** What a payload shows besides the event. */
export interface WebhookScene {
  readonly server: WebhookServer;
  /** The account of the hook. */
  readonly own: WebhookAccount;
}

/**
 * The JSON document of a webhook, keys in the order in which Plex writes them: `JSON.stringify` gives the text. Pure: the same in every
 * attempt and every preview.
 *
 * @param snapshot what the library showed of the item; without it, `Metadata` is what the event itself knows
 */
export function webhookPayload(
  event: MediaEvent,
  snapshot: ItemSnapshot | undefined,
  told: WebhookTold,
  scene: WebhookScene,
): WebhookPayload {
  const player = playerOf(event);
  const metadata = metadataOf(event, snapshot, told);
  return {
    ...(event.type === "item.rated" && event.facts.rating !== null ? { rating: event.facts.rating } : {}),
    event: told.name,
    user: told.user,
    owner: told.owner,
    Account: account(told.account === "own" ? scene.own : causeOf(event, scene)),
    Server: { title: scene.server.title, uuid: scene.server.uuid },
    ...(player && webhookEvents[told.name].player ? { Player: player } : {}),
    ...(metadata && webhookEvents[told.name].metadata ? { Metadata: metadata } : {}),
  };
}

function account({ id, thumb, title }: WebhookAccount): WebhookAccount {
  // A path of this server is nothing that a receiver could fetch.
  return { id, ...(thumb?.startsWith("http") ? { thumb } : {}), title };
}

/** As it was called when it did it. */
function causeOf(event: MediaEvent, { own }: WebhookScene): WebhookAccount {
  if (!("account" in event.facts)) return own;
  const { id, title, thumb = id === own.id ? own.thumb : undefined } = event.facts.account;
  return { id, title, ...(thumb === undefined ? {} : { thumb }) };
}

function playerOf(event: MediaEvent): WebhookPlayer | undefined {
  if (event.type === "device.appeared") return deviceAsPlayer(event.facts);
  if (isUnknown(event, "player") || !("player" in event.facts) || !event.facts.player) return undefined;
  return player(event.facts.player);
}

/** What an upstream could not be asked is left out, not made up. */
function isUnknown({ facts }: MediaEvent, part: "item" | "player"): boolean {
  return "unknown" in facts && facts.unknown?.includes(part) === true;
}

function player({ local, publicAddress, title, uuid }: PlayerFacts): WebhookPlayer {
  return { local, publicAddress, title, uuid };
}

/** Devices need not say their name. */
function deviceAsPlayer(device: DeviceFacts): WebhookPlayer {
  const title = [device.name, device.device, device.product].find((text) => text !== "") ?? device.clientIdentifier;
  const { local, publicAddress } = device;
  // An upstream may not say where it is: left out, not made up.
  const where = {
    ...(local === undefined ? {} : { local }),
    ...(publicAddress === undefined ? {} : { publicAddress }),
  };
  return { ...where, title, uuid: device.clientIdentifier } as WebhookPlayer;
}

/** What only the account that plays sees of an item. Plex leaves it out of what it tells the owner of a member's playback. */
const OF_THE_VIEWER: readonly string[] = ["viewOffset", "viewCount", "lastViewedAt", "userRating", "lastRatedAt"];
/** What the position stands before, in captures: `viewOffset` is in the item's JSON only where the library knows one. */
const BEHIND_THE_POSITION: ReadonlySet<string> = new Set([
  ...["viewCount", "lastRatedAt", "lastViewedAt", "year", "tagline", "parentYear", "thumb", "parentThumb", "art"],
  ...["duration", "originallyAvailableAt", "addedAt", "updatedAt"],
]);

function metadataOf(
  event: MediaEvent,
  snapshot: ItemSnapshot | undefined,
  { name }: WebhookTold,
): MediaContainer | undefined {
  const metadata = snapshot?.metadata ?? itemAsMetadata(event);
  if (metadata === undefined || isUnknown(event, "item")) return undefined;
  const entries = Object.entries(metadata).filter(([key, value]) => key !== "Media" && isPresent(value));
  if (name === "playback.started") return Object.fromEntries(entries.filter(([key]) => !OF_THE_VIEWER.includes(key)));
  // No capture of a scrobble has a position.
  const hasPosition = isPlayback(event) && event.type !== "session.scrobbled";
  return Object.fromEntries(hasPosition ? withPosition(entries, event.facts.viewOffset) : entries);
}

/** As `encodeMediaContainerJson` leaves out what is not there. */
function isPresent(value: MediaContainerValue): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

type Playback = Extract<MediaEvent, { readonly facts: { readonly viewOffset: number } }>;

function isPlayback(event: MediaEvent): event is Playback {
  return "viewOffset" in event.facts;
}

/** The position of the event, not the one that was stored before it; at the beginning there is none. */
function withPosition(
  entries: readonly (readonly [string, MediaContainerValue])[],
  viewOffset: number,
): (readonly [string, MediaContainerValue])[] {
  const others = entries.filter(([key]) => key !== "viewOffset");
  if (viewOffset <= 0) return others;
  const at = others.findIndex(([key]) => BEHIND_THE_POSITION.has(key));
  return at === -1 ? [...others, ["viewOffset", viewOffset]] : others.toSpliced(at, 0, ["viewOffset", viewOffset]);
}

const SECTION_TYPES: Readonly<Record<number, string>> = {
  [metadataTypes.movie]: "movie",
  [metadataTypes.show]: "show",
  [metadataTypes.season]: "show",
  [metadataTypes.episode]: "show",
  [metadataTypes.artist]: "artist",
  [metadataTypes.album]: "artist",
  [metadataTypes.track]: "artist",
};

/** An item of which no snapshot is kept: enough to name it and to ask for it. */
function itemAsMetadata(event: MediaEvent): MediaContainer | undefined {
  const item = itemOf(event);
  if (item === undefined) return undefined;
  const type = Object.entries(metadataTypes).find(([, number]) => number === item.metadataType)?.[0];
  const isDeep = item.rootId !== undefined && item.rootId !== item.parentId;
  return {
    librarySectionType: SECTION_TYPES[item.metadataType],
    ratingKey: String(item.itemId),
    key: `/library/metadata/${item.itemId}`,
    parentRatingKey: item.parentId === undefined ? undefined : String(item.parentId),
    grandparentRatingKey: isDeep ? String(item.rootId) : undefined,
    type,
    title: item.title,
    librarySectionID: item.sectionId,
    librarySectionKey: `/library/sections/${item.sectionId}`,
    updatedAt: item.updatedAt,
  };
}

function itemOf({ facts }: MediaEvent): (ItemFacts & { readonly title: string }) | undefined {
  if ("item" in facts) return facts.item;
  return "itemId" in facts && "title" in facts ? facts : undefined;
}
