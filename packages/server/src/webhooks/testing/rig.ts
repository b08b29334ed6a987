import {
  LocalEventLog,
  maySee,
  type NewMediaEvent,
  Outbox,
  type PlayerFacts,
  type Rights,
  type SessionFacts,
} from "../../events/index.ts";
import type { Database } from "../../storage/index.ts";
import { open, temporaryFolder } from "../../storage/temporary-database.fixture.ts";
import { type Clock, createLogger, ManualClock, systemClock } from "../../support/index.ts";
import { AddressPolicy } from "../address-policy.ts";
import type { Delivery } from "../delivery.ts";
import type { Hook } from "../hook.ts";
import type { Switches } from "../plan.ts";
import type { Recipient } from "../recipient.ts";
import { type OpenWebhooksOptions, openWebhooks, type Webhooks } from "../webhooks.ts";
import { MemoryHooks } from "./memory-hooks.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const item = { sectionId: 7, itemId: 42, metadataType: 1, updatedAt: 1_700_000_000, title: "Low Water" };
const names: Readonly<Record<number, string>> = { 1: "Kim", 2: "Robin", 3: "Alex" };

export type SessionChange = "started" | "paused" | "resumed" | "stopped" | "scrobbled";

const stateOf: Readonly<Record<SessionChange, SessionFacts["state"]>> = {
  started: "playing",
  paused: "paused",
  resumed: "playing",
  stopped: "stopped",
  scrobbled: "playing",
};

export interface PlaybackOptions {
  readonly session?: number;
  readonly player?: string;
  readonly accountId?: number;
  readonly time?: number;
}

/** A playback's event, as the playback room tells it. */
export function sessionEvent(change: SessionChange, options: PlaybackOptions = {}): NewMediaEvent {
  const { session = 1, player = "tv", accountId = 1, time } = options;
  const playerFacts: PlayerFacts = {
    uuid: player,
    title: `Player ${player}`,
    address: "192.168.1.7",
    local: true,
    publicAddress: "203.0.113.9",
    secure: false,
  };
  return {
    type: `session.${change}`,
    audience: { kind: "account", accountId },
    subject: `session:${session}`,
    facts: {
      sessionKey: session,
      sessionId: `s-${session}`,
      state: stateOf[change],
      viewOffset: 0,
      startOffset: 0,
      why: "reported",
      offline: false,
      item,
      account: { id: accountId, title: names[accountId] ?? "Somebody" },
      player: playerFacts,
    },
    ...(time === undefined ? {} : { time }),
  };
}

export interface RigOptions {
  readonly hooks?: readonly Hook[];
  readonly clock?: Clock;
  /** A folder that outlives the rig. */
  readonly folder?: string;
  readonly options?: Partial<OpenWebhooksOptions>;
}

/** Planner and courier on a real database, with hooks in memory and a clock that the test moves. */
export class WebhookRig implements AsyncDisposable {
  readonly clock: Clock;
  readonly hooks: MemoryHooks;
  readonly database: Database;
  readonly log: LocalEventLog;
  readonly outbox: Outbox;
  webhooks!: Webhooks;
  switches: Switches = { webhooks: true, pushNotifications: true };
  /** Of accounts other than the owner. */
  readonly sections = new Map<number, ReadonlySet<number>>([
    [2, new Set([7])],
    [3, new Set()],
  ]);
  readonly #options: RigOptions;
  readonly #stack = new AsyncDisposableStack();

  private constructor(options: RigOptions) {
    this.#options = options;
    this.clock = options.clock ?? new ManualClock();
    this.hooks = new MemoryHooks(options.hooks);
    const folder = options.folder ?? this.#stack.use(temporaryFolder()).path;
    this.database = this.#stack.use(open(`${folder}/reelay.db`));
    this.log = new LocalEventLog(this.database, "0123456789abcdef");
    this.outbox = new Outbox({
      clock: this.clock,
      origin: "5466",
      onAppended: (entries) => this.log.appended(entries),
      onCommitted: (entries) => this.log.committed(entries),
    });
  }

  static async open(options: RigOptions = {}): Promise<WebhookRig> {
    const rig = new WebhookRig(options);
    rig.webhooks = rig.#stack.use(await rig.#start());
    return rig;
  }

  get manual(): ManualClock {
    return this.clock as ManualClock;
  }

  /** Until they are planned, and what is due is sent. @returns the events' ids */
  async tell(...events: NewMediaEvent[]): Promise<string[]> {
    const ids = await this.database.transaction((tx) => this.outbox.append(tx, events));
    await this.idle();
    return ids;
  }

  /** Until all that is in the log is planned, and all that is due is sent. */
  async idle(): Promise<void> {
    while (this.webhooks.planner.planned < this.log.last()) await new Promise(setImmediate);
    await this.webhooks.courier.whenIdle();
  }

  /** Lets time pass in steps, and each step do what falls due in it. */
  async pass(ms: number, step = SECOND): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      this.manual.advance(Math.min(step, ms - passed));
      await this.idle();
    }
  }

  /** All deliveries, oldest first. */
  deliveries(): Delivery[] {
    return this.database.read
      .all("SELECT id FROM deliveries ORDER BY seq")
      .flatMap(({ id }) => this.webhooks.deliveries.find(String(id)) ?? []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  #start(): Promise<Webhooks> {
    return openWebhooks(this.settings);
  }

  get settings(): OpenWebhooksOptions {
    const { database, outbox, log, clock, hooks } = this;
    return {
      database,
      outbox,
      log,
      clock,
      logger: createLogger("silent"),
      hooks,
      policy: new AddressPolicy(),
      isOwner: (accountId) => accountId === 1,
      agents: { plex: "PlexMediaServer/1.0", own: "Reelay/1.0" },
      inThread: clock === systemClock,
      sampleItem: (_accountId, ratingKey) =>
        ratingKey === 404 ? undefined : { item, snapshot: { metadata: { title: item.title }, thumb: null } },
      thumb: async () => Buffer.alloc(20_000, 7),
      recipient: (accountId) => this.#recipient(accountId),
      server: () => ({ title: "Attic", uuid: "5466" }),
      switches: () => this.switches,
      random: () => 0.5,
      ...this.#options.options,
    };
  }

  #recipient(accountId: number): Recipient | undefined {
    const title = names[accountId];
    if (title === undefined) return undefined;
    const admin = accountId === 1;
    const rights: Rights = { accountId, admin, sections: admin ? "all" : (this.sections.get(accountId) ?? new Set()) };
    return {
      accountId,
      isOwner: admin,
      maySee: (audience) => maySee(rights, audience),
      own: { id: accountId, title },
    };
  }
}
