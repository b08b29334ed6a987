import type { Socket } from "node:net";
import { canWriteDirectly, writeDirectly } from "./direct-write.ts";
import type { Form, Wire } from "./forms.ts";
import type { Framing } from "./framing.ts";
import type { Interest } from "./interest.ts";

/** Why the server ends a stream. */
export type EndReason =
  /** It stops. */
  | "shutdown"
  /** Nothing of what is queued for the client has left for 30 s. */
  | "stuck"
  /** The client answered no PING. */
  | "silent"
  /** Its token or account may not read any more. */
  | "revoked";

/** An open connection on which a stream runs: all that differs between the transports. */
export interface Connection {
  readonly wire: Wire;
  /** Bytes go straight to it: they are framed already, and the same for a whole group. */
  readonly socket: Socket;
  readonly framing: Framing;
  /** Ends the stream in the transport's own way. The socket may stay open until the client has taken what is queued. */
  end(reason: EndReason): void;
}

/** The group of a live subscriber, as far as a subscriber knows of it. */
export interface LiveGroup {
  readonly key: string;
  readonly size: number;
  remove(subscriber: Subscriber): void;
}

/**
 * One open stream. It is *live* while it is in a group, which writes to it what is new; else it reads the ring or the
 * log from its own `position` on: after connecting, and while it is *behind*, more bytes being queued for it than a
 * client may hold.
 */
export class Subscriber {
  readonly connection: Connection;
  /** `connection.socket`, one step nearer for the loop that writes to thousands of them. */
  readonly socket: Socket;
  readonly form: Form;
  readonly accountId: number;
  readonly tokenId: string;
  interest: Interest;
  /** Everything up to here was written to the socket. Of a live subscriber the hub knows, and this is stale. */
  position: number;
  group: LiveGroup | undefined;
  /** Through which `seq` it knows what retention has removed. Undefined before its first reading. */
  lossKnownThrough: number | undefined;
  /** Its place in the group's list. */
  index = -1;
  behind = false;
  closed = false;
  /** Heartbeats since the client was last heard of. */
  unanswered = 0;
  readonly #direct: boolean;
  /** A direct write that the kernel has not taken yet: until then the rest goes through the stream, which counts it. */
  #underWay = false;
  #queued = 0;
  #unsent = 0;
  #stuckSince = 0;

  constructor(
    connection: Connection,
    subscription: {
      readonly form: Form;
      readonly interest: Interest;
      readonly accountId: number;
      readonly tokenId: string;
      /** What has a greater `seq` is still to come. */
      readonly from: number;
    },
  ) {
    this.connection = connection;
    this.socket = connection.socket;
    this.#direct = canWriteDirectly(connection.socket);
    this.form = subscription.form;
    this.interest = subscription.interest;
    this.accountId = subscription.accountId;
    this.tokenId = subscription.tokenId;
    this.position = subscription.from;
  }

  /** Equal for subscribers of one form that get the same bytes. */
  get groupKey(): string {
    return `${this.connection.framing.key} ${this.interest.key}`;
  }

  write(pieces: readonly Uint8Array[]): void {
    if (pieces.length > 0) this.socket.write(this.connection.framing.join(pieces));
  }

  /** Sends bytes that are framed already and the same for many: the hot path. */
  send(bytes: Buffer): void {
    const outcome = this.#direct && !this.#underWay ? writeDirectly(this.socket, bytes, this) : "refused";
    if (outcome === "refused") this.socket.write(bytes);
    else if (outcome === "under way") this.#underWay = true;
  }

  /** What was under way is over. */
  written(): void {
    this.#underWay = false;
  }

  /** For how many ms nothing of what is queued has left, as far as calls of this function saw. */
  stuckFor(now: number): number {
    const queued = this.socket.writableLength;
    const unsent = unsentOfWrite(this.socket);
    if (queued === 0 || queued < this.#queued || unsent !== this.#unsent) this.#stuckSince = now;
    this.#queued = queued;
    this.#unsent = unsent;
    return now - this.#stuckSince;
  }
}

/**
 * How much of the write that is under way the kernel has not taken. `writableLength` falls only when a whole write is
 * done, which can be a megabyte on a slow line; Node's own socket time-out looks at this number for the same reason.
 * Where it is missing (TLS) only whole writes count as progress.
 */
function unsentOfWrite(socket: Socket): number {
  const handle = (socket as { readonly _handle?: { readonly writeQueueSize?: number } | null })._handle;
  return handle?.writeQueueSize ?? 0;
}
