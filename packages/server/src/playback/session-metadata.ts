import type { PersonFacts } from "../events/index.ts";
import { type Metadata, toMetadata } from "../library/index.ts";
import type { Row } from "../storage/index.ts";
import type { LiveSession } from "./session-store.ts";

/**
 * A running session as `/status/sessions` lists it: the item, with what plays of it, and who plays it where. As in
 * captures, ids are texts here, and attributes stand in the order of the alphabet.
 * @param row the item; undefined when it was removed meanwhile
 */
export function sessionMetadata(
  { key, playback, about }: LiveSession,
  row: Row | undefined,
  user: PersonFacts,
): Metadata {
  const item = row === undefined ? withoutItem(about) : toMetadata(row);
  const media = (item.Media ?? []) as readonly Metadata[];
  const { Media: _media, Field: _field, ...rest } = item;
  return {
    ...inOrder({
      ...rest,
      ...(rest.librarySectionID === undefined ? {} : { librarySectionID: String(rest.librarySectionID) }),
      sessionKey: String(key),
      viewOffset: playback.viewOffset,
    }),
    Media: media.map((one, index) => playedMedia(one, index === 0)),
    User: { id: String(user.id), thumb: user.thumb, title: user.title },
    Player: playerMetadata(about, playback.state),
    Session: {
      id: about.sessionId,
      bandwidth: about.bandwidth ?? media[0]?.bitrate,
      location: about.location ?? (about.player.local ? "lan" : "wan"),
    },
  };
}

/** What is known of an item that is gone. */
function withoutItem({ item }: LiveSession["about"]): Metadata {
  return {
    ratingKey: String(item.itemId),
    key: `/library/metadata/${item.itemId}`,
    librarySectionID: item.sectionId,
    title: item.title,
    type: item.metadataType === 10 ? "track" : item.metadataType === 4 ? "episode" : "movie",
  };
}

function playerMetadata({ player, account }: LiveSession["about"], state: string): Metadata {
  return {
    address: player.address,
    device: player.device,
    deviceClass: player.deviceClass,
    machineIdentifier: player.uuid,
    model: player.model,
    platform: player.platform,
    platformVersion: player.platformVersion,
    product: player.product,
    profile: player.profile,
    protocolVersion: player.protocolVersion,
    remotePublicAddress: player.publicAddress,
    state,
    title: player.title,
    vendor: player.vendor,
    version: player.version,
    local: player.local,
    relayed: false,
    secure: player.secure,
    userID: account.id,
  };
}

/** Nothing is transcoded: players get the file as it is. */
function playedMedia(media: Metadata, selected: boolean): Metadata {
  const parts = (media.Part ?? []) as readonly Metadata[];
  return {
    ...withTextId(media),
    ...(selected ? { selected: true } : {}),
    Part: parts.map((part, index) => ({
      ...withTextId(part),
      decision: "directplay",
      ...(selected && index === 0 ? { selected: true } : {}),
      Stream: ((part.Stream ?? []) as readonly Metadata[]).map((stream) => ({
        ...withTextId(stream),
        location: "direct",
      })),
    })),
  };
}

function withTextId(metadata: Metadata): Metadata {
  return metadata.id === undefined ? metadata : { ...metadata, id: String(metadata.id) };
}

/** Attributes first, each kind in the order of the alphabet. */
function inOrder(metadata: Metadata): Metadata {
  const rank = (value: Metadata[string]) => (typeof value === "object" ? 1 : 0);
  const entries = Object.entries(metadata);
  return Object.fromEntries(entries.sort(([a, x], [b, y]) => rank(x) - rank(y) || (a < b ? -1 : 1)));
}
