import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { buildConnector } from "undici";
import type { Clock } from "../support/index.ts";
import { writeOwnHeads } from "./request-head.ts";

/** How long opening a connection took, milliseconds; what did not happen is missing. */
export interface ConnectTimings {
  dns?: number;
  connect?: number;
  tls?: number;
}

export class ConnectTimeout extends Error {
  override readonly name = "ConnectTimeout";
}

/** How far a connection has come: what failed, when it fails. */
export type Phase = "dns" | "connect" | "tls" | "open";

/** One connection of a client, and what is known of it. */
export interface Line {
  phase: Phase;
  /** Of the connection that is open now, until a request has taken them into its record. */
  timings: ConnectTimings | undefined;
  /** Of the request that starts now: takes the place of what undici writes. */
  head?: string | undefined;
}

export interface ConnectorOptions {
  readonly clock: Clock;
  /** Looks names up, and refuses addresses that may not be connected to: what it gives is connected to. */
  readonly lookup: LookupFunction;
  /** PEM; the usual authorities without it. */
  readonly ca?: string | undefined;
  /** Milliseconds for name, connection and TLS together. */
  readonly timeoutMs: number;
}

/** Opens the connections of one client and keeps on `line` how long each phase took. */
export function connector(options: ConnectorOptions, line: Line): buildConnector.connector {
  const { clock, lookup, ca, timeoutMs } = options;
  return ({ hostname, protocol, port, servername }, callback) => {
    const secure = protocol === "https:";
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    const timings: ConnectTimings = {};
    const started = performance.now();
    let phaseBegan = started;
    const phaseTook = () => {
      const now = performance.now();
      const took = now - phaseBegan;
      phaseBegan = now;
      return took;
    };
    line.phase = isIP(host) === 0 ? "dns" : "connect";
    line.timings = undefined;
    line.head = undefined;
    const address = { host, port: Number(port || (secure ? 443 : 80)), lookup };
    const name = servername || host;
    const socket: Socket = secure
      ? connectTls({
          ...address,
          ...(isIP(name) === 0 ? { servername: name } : {}),
          ...(ca === undefined ? {} : { ca }),
          // Said here, so that no variable of the environment can switch it off.
          rejectUnauthorized: true,
          ALPNProtocols: ["http/1.1"],
        })
      : connectTcp(address);
    socket.setNoDelay(true);
    writeOwnHeads(socket, line);
    const cancel = clock.after(timeoutMs, () =>
      socket.destroy(new ConnectTimeout(`no connection after ${timeoutMs / 1_000} s`)),
    );
    const settle = (error: Error | null) => {
      cancel();
      socket.off("error", settle);
      socket.off("close", closed);
      if (error === null) callback(null, socket as Parameters<typeof callback>[1] & Socket);
      else callback(error, null);
    };
    const closed = () => settle(new Error("the connection was closed while it was opened"));
    socket.once("lookup", () => {
      timings.dns = phaseTook();
      line.phase = "connect";
    });
    socket.once("connect", () => {
      timings.connect = phaseTook();
      line.phase = secure ? "tls" : "open";
      if (!secure) opened();
    });
    socket.once("secureConnect", () => {
      timings.tls = phaseTook();
      opened();
    });
    socket.once("error", settle);
    socket.once("close", closed);
    function opened(): void {
      line.phase = "open";
      line.timings = timings;
      settle(null);
    }
  };
}
