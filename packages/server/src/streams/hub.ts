import { setImmediate as nextTurn } from "node:timers/promises";
import type { Notification } from "@reelay/protocol";
import { type Audience, type EventLog, formatPosition, type Rights, type Start, startOf } from "../events/index.ts";
import type { Viewer } from "../http/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { Channels } from "./channels.ts";
import { FlushWindow } from "./flush-window.ts";
import { type Form, formOf, ownFormOf, type Wire } from "./forms.ts";
import type { Delivered } from "./group.ts";
import { HEARTBEAT_MS, verdict } from "./heartbeat.ts";
import { Interest } from "./interest.ts";
import { Replays } from "./replays.ts";
import type { Ring } from "./ring.ts";
import type { Standing } from "./standing.ts";
import { type Connection, type EndReason, Subscriber } from "./subscriber.ts";
import type { StreamRequest } from "./subscription.ts";

/** Encoded bytes that wait for a flush at most: little enough that one burst puts no healthy client behind. */
const PENDING_BYTES = 262_144;
const RETRY_MS = 1_000;
/** How long an ended stream's connection may take to close. */
const END_MS = 5_000;

export interface HubOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the token of a viewer may see by now; undefined for one that was revoked. Default: what it was. */
  readonly current?: (viewer: Viewer) => Viewer | undefined;
  /** Streams open at once. Default 10,000. */
  readonly maxStreams?: number;
  /** Machine identifier of this server: what is in no log is about it. */
  readonly origin?: string;
  /**
   * Plex's streams as a Plex server has them: without positions, and a position that is asked for is ignored. Reelay's own
   * stream keeps them. Default false.
   */
  readonly plain?: boolean;
  /** Timeline ids as JSON integers for those who do not say. Default false. */
  readonly numericIds?: boolean;
  /** Encoded bytes that are kept per form for those who reconnect. Default 16 MiB. */
  readonly ringBytes?: number;
}

/** Numbers for health and metrics. */
export interface HubStats {
  /** Open streams by wire. */
  readonly streams: Readonly<Record<Wire, number>>;
  /** Of these: too slow for what is sent, reading at their own pace. */
  readonly behind: number;
  /** Bytes that wait for slow clients, at most about 1 MiB for each. */
  readonly queuedBytes: number;
  readonly groups: number;
  /** Since the start, over all streams; heartbeats not counted. */
  readonly delivered: Readonly<Delivered>;
}

/** A stream that may be opened: all that can be refused was checked. */
export interface Admission {
  readonly form: Form;
  readonly interest: Interest;
  readonly viewer: Viewer;
  readonly start: Start;
}

/**
 * Fans the log out: follows it into the {@link Channels}, decides when they are flushed, and knows all open streams.
 * Whoever is not at the newest position yet, or not any more, is brought there by {@link Replays}.
 */
export class Hub {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly #channels: Channels;
  readonly #clock: Clock;
  readonly #current: (viewer: Viewer) => Viewer | undefined;
  readonly #maxStreams: number;
  readonly #numericIds: boolean;
  readonly #plain: boolean;
  readonly #origin: string | undefined;
  readonly #subscribers = new Set<Subscriber>();
  #standing: readonly Standing[] = [];
  readonly #window = new FlushWindow(() => this.flush());
  readonly #replays = new Replays(this);
  readonly #stopHeartbeat: () => void;
  readonly #stopped = new AbortController();

  constructor(options: HubOptions) {
    this.log = options.log;
    this.logger = options.logger;
    this.#clock = options.clock;
    this.#current = options.current ?? ((viewer) => viewer);
    this.#maxStreams = options.maxStreams ?? 10_000;
    this.#numericIds = options.numericIds ?? false;
    this.#plain = options.plain ?? false;
    this.#origin = options.origin;
    this.#channels = new Channels({
      epoch: options.log.epoch,
      head: options.log.last(),
      ringBytes: options.ringBytes ?? 16 * 1_048_576,
      logger: options.logger,
    });
    this.#stopHeartbeat = options.clock.every(HEARTBEAT_MS, () => this.#beat());
    void this.#follow();
  }

  get flushed(): number {
    return this.#channels.flushed;
  }

  get delivered(): Delivered {
    return this.#channels.delivered;
  }

  /**
   * Decides on a stream before anything of it is answered.
   * @throws REELAY_TOO_MANY_STREAMS, REELAY_SHUTTING_DOWN, and what the log throws
   */
  admit(wire: Wire, request: StreamRequest, viewer: Viewer): Admission {
    const headers = { "Retry-After": "5" };
    if (this.#stopped.signal.aborted) throw new ReelayError("REELAY_SHUTTING_DOWN", undefined, { headers });
    if (this.#subscribers.size >= this.#maxStreams) {
      throw new ReelayError("REELAY_TOO_MANY_STREAMS", undefined, { headers });
    }
    const { selection, origin } = request;
    const isOwn = request.source === "reelay" && wire !== "lines";
    const ids = this.#plain ? "never" : request.ids;
    const since = this.#plain && !isOwn ? undefined : request.since;
    return {
      form: isOwn ? ownFormOf(wire, request.asTold) : formOf(wire, ids, request.numericIds ?? this.#numericIds),
      interest: new Interest(selection, viewer, origin),
      viewer,
      start: startOf(this.log, since, selection.families),
    };
  }

  /** Runs an admitted stream on its connection, until either side ends it. */
  open(admission: Admission, connection: Connection): Subscriber | undefined {
    const { form, start } = admission;
    // A pipelined request gets its connection later than its admission: rights may have changed meanwhile.
    const viewer = this.#current(admission.viewer);
    if (viewer === undefined || this.#stopped.signal.aborted) {
      connection.end(viewer === undefined ? "revoked" : "shutdown");
      this.#cutLater(connection.socket);
      return undefined;
    }
    const { accountId, tokenId } = viewer;
    const interest = admission.interest.under(viewer);
    const subscriber = new Subscriber(connection, { form, interest, accountId, tokenId, from: start.from });
    this.#subscribers.add(subscriber);
    this.#channels.of(form).streams++;
    this.#leaveWhenClosed(subscriber);
    // Also the notice's own id: a client that is cut right after it resumes from there and has missed nothing.
    const position = formatPosition(this.log.epoch, start.from);
    const notice = start.gap === undefined ? undefined : form.gap(start.gap, position);
    const standing = this.#standing
      .map(({ notification, audience }) => ({ ...form.announce(notification), audience, origin: this.#origin }))
      .filter((told) => interest.wants(told))
      .map((told) => told.encode(position));
    subscriber.write([notice, form.hello(position), ...standing].filter((piece) => piece !== undefined));
    this.#replays.begin(subscriber);
    return subscriber;
  }

  /** By itself, so that what stays with thousands of sockets holds the subscriber and nothing else of its opening. */
  #leaveWhenClosed(subscriber: Subscriber): void {
    subscriber.socket.on("close", () => this.leave(subscriber));
  }

  /** The stream ends, whoever ends it: nothing is written to it any more. */
  leave(subscriber: Subscriber): void {
    if (subscriber.closed) return;
    subscriber.closed = true;
    this.#subscribers.delete(subscriber);
    this.#replays.forget(subscriber);
    const channel = this.#channels.of(subscriber.form);
    channel.leave(subscriber);
    channel.streams--;
  }

  ringOf(subscriber: Subscriber): Ring {
    return this.#channels.of(subscriber.form).ring;
  }

  join(subscriber: Subscriber): boolean {
    const channel = this.#channels.of(subscriber.form);
    let group = channel.groupOf(subscriber);
    if (group === undefined) {
      // A group that begins now has nothing pending, so nothing may be pending at all.
      this.flush();
      if (subscriber.position !== this.flushed) return false;
      group = channel.newGroup(subscriber);
    }
    if (subscriber.position !== this.flushed) return false;
    subscriber.behind = false;
    group.add(subscriber);
    return true;
  }

  /** Writes what is pending to all live subscribers. */
  flush(): void {
    const started = performance.now();
    if (!this.#channels.flush(this.#fellBehind)) return;
    this.#replays.flushed();
    this.#window.flushed(started);
  }

  /**
   * Tells open streams something that is in no log, because the log is what is broken. Its id is where the stream is:
   * whoever is cut after it loses nothing else by resuming. Streams that are not live do not get it.
   */
  announce(notification: Notification, audience: Audience): void {
    this.flush();
    this.#channels.announce({ notification, audience }, this.#origin, this.#fellBehind);
  }

  /** What holds now and is in no log: each new stream begins with it. */
  setStanding(standing: readonly Standing[]): void {
    this.#standing = standing;
  }

  /** The account's rights have changed: they hold for all that its open streams are sent from now on. */
  regroup(accountId: number, rights: Rights): void {
    this.flush();
    for (const subscriber of this.#subscribers) {
      if (subscriber.accountId !== accountId) continue;
      const live = subscriber.group !== undefined;
      this.#leaveGroup(subscriber);
      subscriber.interest = subscriber.interest.under(rights);
      if (live) this.#replays.begin(subscriber);
    }
  }

  /** Ends all streams of an account that may not read any more. */
  closeAccount(accountId: number): void {
    this.#endAll((subscriber) => subscriber.accountId === accountId, "revoked");
  }

  /** Ends all streams that were opened with a token that is revoked. */
  closeToken(tokenId: string): void {
    this.closeTokens((id) => id === tokenId);
  }

  /** Ends all streams that were opened with such a token, or by such a network. */
  closeTokens(which: (tokenId: string) => boolean): void {
    this.#endAll(({ tokenId }) => which(tokenId), "revoked");
  }

  stats(): HubStats {
    const streams: Record<Wire, number> = { sse: 0, websocket: 0, lines: 0 };
    let behind = 0;
    let queuedBytes = 0;
    for (const subscriber of this.#subscribers) {
      streams[subscriber.connection.wire]++;
      queuedBytes += subscriber.socket.writableLength;
      if (subscriber.behind) behind++;
    }
    return { streams, behind, queuedBytes, groups: this.#channels.groups, delivered: { ...this.delivered } };
  }

  /** Ends all streams in their own way; connections that are still open after `graceMs` are cut. */
  async close(graceMs = 2_000): Promise<void> {
    this.#stopped.abort();
    this.#stopHeartbeat();
    this.flush();
    this.#window.cancel();
    const sockets = [...this.#subscribers].map((subscriber) => subscriber.socket);
    this.#endAll(() => true, "shutdown");
    const closed = Promise.all(sockets.map(closing));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([closed, late]);
    clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        for await (const entries of this.log.follow(this.#channels.head, signal)) {
          for (const entry of entries) {
            this.#channels.project(entry);
            if (this.#channels.pendingBytes > PENDING_BYTES) {
              this.flush();
              await nextTurn();
            }
          }
          this.#window.request();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.logger.error({ err: error }, "the log cannot be followed, trying again");
        await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve));
      }
    }
  }

  readonly #fellBehind = (subscriber: Subscriber): void => {
    this.#leaveGroup(subscriber);
    subscriber.behind = true;
    this.#replays.beginAfterDrain(subscriber);
  };

  /** Right after a flush, or in one. */
  #leaveGroup(subscriber: Subscriber): void {
    if (subscriber.group === undefined) return;
    subscriber.position = this.flushed;
    this.#channels.of(subscriber.form).leave(subscriber);
  }

  #endAll(which: (subscriber: Subscriber) => boolean, reason: EndReason): void {
    for (const subscriber of this.#subscribers) if (which(subscriber)) this.#end(subscriber, reason);
  }

  #end(subscriber: Subscriber, reason: EndReason): void {
    this.leave(subscriber);
    subscriber.connection.end(reason);
    this.#cutLater(subscriber.socket);
  }

  /** Whoever does not even take the end of its stream would keep what is queued for it. */
  #cutLater(socket: Connection["socket"]): void {
    socket.once(
      "close",
      this.#clock.after(END_MS, () => socket.destroy()),
    );
  }

  #beat(): void {
    // So that the position which a heartbeat carries is that of the bytes before it.
    this.flush();
    for (const subscriber of this.#subscribers) {
      if (subscriber.group !== undefined) continue;
      subscriber.write([subscriber.form.heartbeat(formatPosition(this.log.epoch, subscriber.position))]);
    }
    this.#channels.beat(this.#fellBehind);
    const now = this.#clock.now();
    for (const subscriber of this.#subscribers) {
      const reason = verdict(subscriber, now);
      if (reason !== undefined) this.#end(subscriber, reason);
    }
  }
}

function closing(socket: Connection["socket"]): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}
