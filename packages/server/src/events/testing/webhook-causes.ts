import type { WebhookEventName } from "@reelay/protocol";
import type { MediaEvent } from "../media-event.ts";
import type { PlayerFacts, SessionFacts } from "../playback-facts.ts";
import type { Audience } from "../rights.ts";

export const OWNER = 1;
export const MEMBER = 2;
export const SECTION = 7;

/** Who did it, or whom it is about. */
type By = "owner" | "member";
type Causes = Readonly<Partial<Record<By, readonly MediaEvent[]>>>;

const item = { sectionId: SECTION, itemId: 42, parentId: 41, rootId: 40, metadataType: 4, updatedAt: 1_700_000_000 };
const named = { ...item, title: "Low Water" };
const account = { owner: { id: OWNER, title: "Kim" }, member: { id: MEMBER, title: "Robin" } };

const player: PlayerFacts = {
  ...{ uuid: "tv-1", title: "Living Room TV", product: "Reelay", address: "192.168.1.7" },
  ...{ local: true, publicAddress: "203.0.113.9", secure: false },
};

const device = {
  ...{ clientIdentifier: "phone-9", name: "", platform: "Android", platformVersion: "15", product: "Reelay" },
  ...{ version: "1.0", device: "Pixel", model: "", vendor: "", local: false, publicAddress: "198.51.100.4" },
};

/** An event as the log keeps it. */
function mediaEvent(type: string, audience: Audience, facts: object, subject = `item:${item.itemId}`): MediaEvent {
  const log = { id: "018c0e5e-0000-7000-8000-000000000001", version: 1, time: 1_700_000_000_000, origin: "5466" };
  return { ...log, type, audience, subject, facts } as unknown as MediaEvent;
}

function session(type: string, state: SessionFacts["state"], by: By, viewOffset = 154_000): MediaEvent {
  const place = { sessionKey: 29, sessionId: "s-29", state, viewOffset, startOffset: 0, duration: 1_320_000 };
  const facts = { ...place, why: "reported", offline: false, item: named, account: account[by], player };
  return mediaEvent(type, { kind: "account", accountId: account[by].id }, facts, "session:29");
}

function ofBoth(...make: ((by: By) => MediaEvent)[]): Causes {
  return { owner: make.map((one) => one("owner")), member: make.map((one) => one("member")) };
}

const toAccount = (by: By): Audience => ({ kind: "account", accountId: account[by].id });
const starts = ofBoth((by) => session("session.started", "playing", by, 0));

/** Of every webhook event, media events that cause it, by the owner and by a member. */
export const causes: Readonly<Record<WebhookEventName, Causes>> = {
  "media.play": starts,
  "playback.started": starts,
  "media.pause": ofBoth((by) => session("session.paused", "paused", by)),
  "media.resume": ofBoth((by) => session("session.resumed", "playing", by)),
  "media.stop": ofBoth(
    (by) => session("session.stopped", "stopped", by),
    (by) => session("session.failed", "error", by),
  ),
  "media.scrobble": ofBoth((by) => session("session.scrobbled", "playing", by)),
  "media.rate": ofBoth(
    (by) => mediaEvent("item.rated", toAccount(by), { rating: 8, item: named, account: account[by], player }),
    (by) => mediaEvent("item.rated", toAccount(by), { rating: 0, item: named, account: account[by] }),
  ),
  "library.on.deck": ofBoth((by) => mediaEvent("ondeck.entered", toAccount(by), { item: named, account: account[by] })),
  "library.new": {
    owner: [mediaEvent("item.arrived", { kind: "section", sectionId: SECTION }, { ...named, count: 1, rolledUp: [] })],
  },
  "admin.database.backup": {
    owner: [
      mediaEvent("database.backed-up", { kind: "admins" }, { file: "x.db", bytes: 4096, durationMs: 12 }, "database"),
    ],
  },
  "admin.database.corrupted": {
    owner: [mediaEvent("database.corrupted", { kind: "admins" }, { detail: "row 3 missing" }, "database")],
  },
  "device.new": ofBoth((by) =>
    mediaEvent("device.appeared", { kind: "admins" }, { ...device, accountId: account[by].id }, "device:phone-9"),
  ),
};
