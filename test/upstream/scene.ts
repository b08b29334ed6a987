import { encodeWebhookMultipart, multipartBoundary, multipartContentType } from "@reelay/protocol";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { until } from "../support/wait.ts";
import { type Beside, beside, type Told } from "./beside.ts";

export const SESSIONS =
  "session.started,session.paused,session.resumed,session.stopped,session.failed,session.scrobbled";

export interface Plays {
  readonly sessionKey?: string;
  readonly ratingKey?: string;
  readonly clientIdentifier?: string;
  readonly state?: string;
  readonly viewOffset?: number;
}

const USUAL = { sessionKey: "29", ratingKey: "42", clientIdentifier: "tv-1", state: "playing", viewOffset: 0 };

export function send(standIn: PlexStandIn, plays: Plays): void {
  const entry = { guid: "", url: "", key: `/library/metadata/${plays.ratingKey ?? 42}`, ...USUAL, ...plays };
  standIn.sendFrame({ type: "playing", payloadKey: "PlaySessionStateNotification", entry });
}

/** An entry of `/status/sessions`, as captures have it: ids of text, an account and a player. */
export function listed({ state = "playing", viewOffset = 0, ...plays }: Plays = {}) {
  const { sessionKey, ratingKey, clientIdentifier } = { ...USUAL, ...plays };
  return {
    ...{
      ratingKey,
      sessionKey,
      key: `/library/metadata/${ratingKey}`,
      type: "episode",
      title: "Low Water",
      viewOffset,
    },
    ...{
      grandparentTitle: "The Long Tide",
      grandparentRatingKey: "40",
      parentRatingKey: "41",
      parentIndex: 1,
      index: 3,
    },
    ...{ librarySectionID: "7", librarySectionTitle: "Shows", duration: 1_000_000, updatedAt: 1_700_000_000 },
    User: { id: "1", title: "Robin", thumb: "https://example.org/robin.png" },
    Player: {
      ...{
        machineIdentifier: clientIdentifier,
        title: "Living Room",
        product: "Plex for TV",
        platform: "Tizen",
        state,
      },
      ...{ address: "192.168.0.10", remotePublicAddress: "203.0.113.7", local: true, secure: true },
    },
    Session: { id: "k77lg8r8m2jdvjvu1g8t8rp0", bandwidth: 193, location: "lan" },
    Media: [{ id: "1" }],
  };
}

export function answer(standIn: PlexStandIn, path: string, content: object, delayMs = 0): void {
  const body = JSON.stringify({ MediaContainer: content });
  standIn.rest.set(path, { body, delayMs });
}

export const lists = (standIn: PlexStandIn, ...Metadata: object[]) =>
  answer(standIn, "/status/sessions", { size: Metadata.length, Metadata });

export async function start(prepare: (standIn: PlexStandIn) => void = () => undefined): Promise<{
  standIn: PlexStandIn;
  reelay: Beside;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const standIn = await PlexStandIn.start();
  lists(standIn);
  answer(standIn, "/status/sessions/history/all", { size: 0 });
  answer(standIn, "/library/recentlyAdded", { size: 0 });
  prepare(standIn);
  const reelay = await beside(standIn);
  await reelay.tells("upstream.connected", 1);
  await known(standIn);
  return {
    standIn,
    reelay,
    async [Symbol.asyncDispose]() {
      await reelay[Symbol.asyncDispose]();
      await standIn[Symbol.asyncDispose]();
    },
  };
}

/** Waits until what the stand-in shows at first sight was asked for. */
const known = (standIn: PlexStandIn) =>
  until(() => standIn.asked.some(({ path }) => path === "/status/sessions"), "the first look");

export const words = (told: readonly Told[]) => told.map(({ type, facts }) => `${type.slice(8)} ${facts.item.itemId}`);

export const webhook = (standIn: PlexStandIn, event: string, more: object = {}) => ({
  ...{ event, user: true, owner: true, Account: { id: 1, title: "Robin" } },
  Server: { title: "Stand-in", uuid: standIn.machineIdentifier },
  Player: { local: true, publicAddress: "203.0.113.7", title: "Living Room", uuid: "tv-1" },
  Metadata: { ...listed(), librarySectionType: "show", librarySectionID: 7 },
  ...more,
});
export const webhookPath = async (reelay: Beside) =>
  ((await (await reelay.ask("/api/v1/upstreams")).json()) as { webhookPath: string }).webhookPath;
export const post = async (reelay: Beside, payload: object | string, to?: string) => {
  const boundary = multipartBoundary();
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const answer = await fetch(`${reelay.server.url}${to ?? (await webhookPath(reelay))}`, {
    method: "POST",
    headers: { "content-type": multipartContentType(boundary), "user-agent": "PlexMediaServer/1.41.8.9834" },
    body: encodeWebhookMultipart({ payload: text, thumb: new Uint8Array(7_700) }, boundary),
  });
  return answer.status;
};
