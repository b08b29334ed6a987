import type { Server } from "node:http";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import { type PlainGet, readPlainGet } from "./plain-get.ts";

/**
 * Takes over a connection whose first chunk is `request`, all of it. False: it is node's, which then does everything anew.
 * Takes on all that happens on the socket from then on, errors too, and never throws.
 */
export type TakeOver = (request: PlainGet, socket: Socket) => boolean;

/** After this long without a byte node:http gets a connection, since the time-outs of heads are its own. */
const SILENT_MS = 500;

type Listener = (this: Server, socket: Socket) => void;

/**
 * Looks at the first chunk of each connection before node:http does: its parser, request and answer objects are most of
 * what an open stream would take. What is not taken over is given to the listeners that were there, with its first chunk,
 * as if it came only now. To be called before anything else listens to the server's connections.
 */
export function lookAtFirstChunks(server: Server, takeOver: TakeOver): void {
  // Over TLS a connection is one once its handshake is done; the server's own limits have applied until then.
  const event = server instanceof TlsServer ? "secureConnection" : "connection";
  const nodes = server.listeners(event) as Listener[];
  const silent = new Silent((socket) => {
    release(socket);
    if (!socket.destroyed) giveToNode(socket);
  });

  /** The handlers are the same for all sockets: nothing is made for one. */
  function onData(this: Socket, chunk: Buffer): void {
    release(this);
    const request = readPlainGet(chunk);
    if (request !== undefined && takeOver(request, this)) return;
    giveToNode(this);
    this.emit("data", chunk);
  }

  /** It has gone without a word. Left half open, it would stay. */
  function onEnd(this: Socket): void {
    silent.delete(this);
    this.end();
  }

  function release(socket: Socket): void {
    silent.delete(socket);
    socket.removeListener("data", onData);
    socket.removeListener("end", onEnd);
    socket.removeListener("error", ignore);
  }

  function giveToNode(socket: Socket): void {
    for (const listener of nodes) listener.call(server, socket);
  }

  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => {
    silent.add(socket);
    socket.on("error", ignore);
    socket.on("end", onEnd);
    socket.on("data", onData);
  });
}

/** A connection that breaks before it has said anything closes by itself, and there is nobody to tell. */
const ignore = () => undefined;

/** Connections that have not said anything yet: two generations, so that one timer for all is enough. */
class Silent {
  readonly #onWaited: (socket: Socket) => void;
  #young = new Set<Socket>();
  #old = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onWaited called with who was silent for one to two {@link SILENT_MS} */
  constructor(onWaited: (socket: Socket) => void) {
    this.#onWaited = onWaited;
  }

  add(socket: Socket): void {
    this.#young.add(socket);
    this.#timer ??= setTimeout(() => this.#pass(), SILENT_MS).unref();
  }

  delete(socket: Socket): void {
    if (!this.#young.delete(socket)) this.#old.delete(socket);
  }

  #pass(): void {
    const waited = this.#old;
    this.#old = this.#young;
    this.#young = new Set();
    this.#timer = this.#old.size === 0 ? undefined : setTimeout(() => this.#pass(), SILENT_MS).unref();
    for (const socket of waited) this.#onWaited(socket);
  }
}
