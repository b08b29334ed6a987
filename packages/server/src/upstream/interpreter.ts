import {
  type Missed,
  type NewMediaEvent,
  type Outbox,
  ProgressThrottle,
  type ToldNotification,
} from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { UpstreamArrivals } from "./arrivals.ts";
import { type UpstreamClient, UpstreamError } from "./client.ts";
import { UpstreamDevices } from "./devices.ts";
import { Directory } from "./directory.ts";
import { Healing, type Unasked } from "./healing.ts";
import { ItemLookUps } from "./item-look-ups.ts";
import { UpstreamItems } from "./items.ts";
import { UpstreamOnDeck } from "./on-deck.ts";
import { passedOn } from "./passed-on.ts";
import { UpstreamPictures } from "./pictures.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { UpstreamRatings } from "./ratings.ts";
import { UpstreamSessions } from "./sessions.ts";
import type { KnownLists } from "./store.ts";

/** How often the list of devices is asked for. ms */
const DEVICES_MS = 300_000;

export interface InterpreterOptions {
  readonly client: UpstreamClient;
  /** Machine identifier of the upstream. */
  readonly origin: string;
  /** The account here that is linked with one of the upstream. */
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Changed here, stored by `store`. */
  readonly lists: KnownLists;
  /** Ends all look-ups. */
  readonly signal: AbortSignal;
  /** One unit of work of the feed. @param position of the notification that it is for */
  readonly store: (work: (tx: Transaction) => void, position?: string) => void;
  /** A question that was answered before is refused, though the stream is open. */
  readonly onRefused: () => void;
  /** Keeps a picture. @returns the hash of its content; undefined if it is none */
  readonly keepPicture: (bytes: Uint8Array) => Promise<string | undefined>;
}

/** What an upstream's notifications and webhooks mean: the one place where the parts that know are wired together. */
export class Interpreter {
  readonly #options: InterpreterOptions;
  readonly #throttle: ProgressThrottle;
  readonly #sessions: UpstreamSessions;
  readonly #items: UpstreamItems;
  readonly #itemLookUps: ItemLookUps;
  readonly #arrivals: UpstreamArrivals;
  readonly #devices: UpstreamDevices;
  readonly #ratings: UpstreamRatings;
  readonly #onDeck: UpstreamOnDeck;
  readonly #pictures: UpstreamPictures;
  readonly #healing: Healing;
  #devicesAt: number;
  /** How many events of the present comparison were missed. */
  #healed = 0;

  constructor(options: InterpreterOptions) {
    this.#options = options;
    const { clock, client, store, lists, signal, keepPicture: keep } = options;
    this.#devicesAt = clock.now();
    const append = (tx: Transaction, events: readonly NewMediaEvent[]) => this.append(tx, events);
    this.#throttle = new ProgressThrottle(clock, (event) => store((tx) => append(tx, [event])));
    const directory = new Directory(client, clock, signal);
    const pictures = new UpstreamPictures({ client, clock, signal, keep });
    const shared = { ...options, directory, pictures, append };
    const devices = new UpstreamDevices({
      ...shared,
      clientIdentifier: client.headers["x-plex-client-identifier"] ?? "",
    });
    const sessions = new UpstreamSessions({
      ...shared,
      onScrobbled: (play) => lists.plays.push(play),
      onStarted: (tx, about) => devices.seen(tx, about),
    });
    const items = new UpstreamItems(shared);
    this.#onDeck = new UpstreamOnDeck(shared);
    this.#arrivals = new UpstreamArrivals({ ...shared, onDeck: this.#onDeck });
    this.#ratings = new UpstreamRatings(shared);
    this.#itemLookUps = new ItemLookUps({
      ...shared,
      onEntry: (itemId, entry) => {
        store((tx) => append(tx, items.release(tx, itemId, entry)));
        void this.#ratings.look(entry);
      },
      onOver: (itemId) => store((tx) => append(tx, items.release(tx, itemId))),
    });
    this.#sessions = sessions;
    this.#items = items;
    this.#devices = devices;
    this.#pictures = pictures;
    this.#healing = new Healing({ ...shared, sessions, items, devices });
  }

  /** The stream is open. */
  resume(): void {
    this.#sessions.resume();
    for (const itemId of this.#items.untold(this.#options.database.read)) this.#itemLookUps.want(itemId);
  }

  /** While the stream is open, each few seconds. */
  tick(): void {
    this.#sessions.tick();
    void this.#arrivals.look();
    const now = this.#options.clock.now();
    if (now - this.#devicesAt < DEVICES_MS) return;
    this.#devicesAt = now;
    void this.#devices.look().catch((error: unknown) => {
      // What does not answer now is asked again the next time.
      const isRefused = error instanceof UpstreamError && error.trouble === "refused";
      if (isRefused && this.#options.lists.devices === true) this.#options.onRefused();
    });
  }

  take(notification: ToldNotification, position: string | undefined): void {
    const { type, entry } = notification;
    if (type === "playing" && this.#sessions.take(entry, notification, position)) return;
    const progress: NewMediaEvent[] = [];
    this.#options.store((tx) => {
      const taken = type === "timeline" ? this.#items.take(tx, entry, notification) : undefined;
      for (const event of taken?.events ?? [passedOn(this.#options.origin, notification)]) {
        if (event.type === "upstream.progressed") progress.push(event);
        else this.#tell(tx, event);
      }
      const { wanted } = taken ?? {};
      if (wanted !== undefined) tx.afterCommit(() => this.#itemLookUps.want(wanted));
    }, position);
    // In a unit of its own, at once or later.
    for (const event of progress) this.#throttle.offer(event);
  }

  /** What the upstream's own webhook says. Resolves when it is stored. */
  async takeWebhook(webhook: PlexWebhook): Promise<void> {
    switch (webhook.event) {
      case "library.new":
        await this.#pictures.fetch([webhook.about.snapshot]);
        return this.#arrivals.takeWebhook(webhook);
      case "library.on.deck":
        await this.#pictures.fetch([webhook.about.snapshot]);
        return this.#onDeck.takeWebhook(webhook);
      case "media.rate":
        await this.#pictures.fetch([webhook.about.snapshot]);
        return this.#ratings.takeWebhook(webhook);
      case "device.new":
        if (!this.#devices.takeWebhook(webhook)) await this.#devices.look();
        return;
      case "admin.database.backup":
        return this.#tellAdmins({ type: "database.backed-up", facts: {} });
      // Some receivers know it without its end: which one a server says was never published.
      case "admin.database.corrupt":
      case "admin.database.corrupted":
        return this.#tellAdmins({ type: "database.corrupted", facts: { detail: "Its own webhook says so." } });
      default:
        return this.#sessions.takeWebhook(webhook);
    }
  }

  /** @param missed the gap; undefined at first sight @returns undefined if it was given up because the stream was lost again */
  async heal(
    missed: Missed | undefined,
    isCurrent: () => boolean,
  ): Promise<{ readonly unasked: Unasked; readonly healed: number } | undefined> {
    this.#healed = 0;
    const unasked = await this.#healing.run(missed, isCurrent);
    return unasked && { unasked, healed: this.#healed };
  }

  /** What is new and ready is told once more, with what comes together with it, when that is complete. */
  append(tx: Transaction, told: readonly NewMediaEvent[]): void {
    this.#healed += told.filter(({ facts }) => "missed" in facts && facts.missed !== undefined).length;
    const events = told.map((event) => (event.item ? { ...event, item: this.#pictures.into(event.item) } : event));
    const ids = this.#options.outbox.append(tx, events);
    for (const [index, { type, facts }] of events.entries()) {
      if (type === "item.ready") this.#arrivals.add(tx, facts, ids[index] ?? "");
      else if (type === "item.created") this.#arrivals.heard(facts);
      else if (type === "item.deleted") this.#arrivals.forget(tx, facts.itemId);
    }
  }

  /** Looks nothing up any more. */
  close(): void {
    this.#itemLookUps.close();
  }

  #tell(tx: Transaction, event: NewMediaEvent): void {
    // What is held about the same is older.
    const held = this.#throttle.take("upstream.progressed", event.subject, event.origin);
    this.append(tx, [...held, event]);
  }

  #tellAdmins(
    event:
      | Pick<Extract<NewMediaEvent, { readonly type: "database.backed-up" }>, "type" | "facts">
      | Pick<Extract<NewMediaEvent, { readonly type: "database.corrupted" }>, "type" | "facts">,
  ): void {
    const { origin, store } = this.#options;
    store((tx) => this.append(tx, [{ ...event, origin, audience: { kind: "admins" }, subject: "database" }]));
  }
}
