import { ReelayError } from "../support/index.ts";
import { isOwnHost, machineNames } from "./host-names.ts";
import { plexParameter, type RequestHead } from "./query.ts";
import type { Viewer } from "./viewer.ts";

export interface GateOptions {
  /** The account behind a token; undefined for a token that is not known. */
  readonly authenticate: (token: string) => Viewer | undefined;
  /** Host names besides addresses, `localhost` and the machine's own. */
  readonly hostNames?: readonly string[];
  /** Told of each request with a valid token. */
  readonly onAuthenticated?: (viewer: Viewer, head: RequestHead) => void;
}

/** Decides who may ask: the same for routes, streams and WebSocket handshakes. */
export interface Gate {
  /** @throws REELAY_UNAUTHORIZED, REELAY_ORIGIN_REFUSED, REELAY_BAD_REQUEST */
  identify(head: RequestHead): Viewer;
  /** For what anybody may ask who reaches this server under one of its names. @throws as {@link identify}, but for a missing token */
  identifyIfAny(head: RequestHead): Viewer | undefined;
}

/** The token of a request: header or query parameter X-Plex-Token. */
export function tokenOf(head: Pick<RequestHead, "headers" | "url">): string | undefined {
  return plexParameter(head, "X-Plex-Token");
}

export function createGate({ hostNames = [], ...options }: GateOptions): Gate {
  const names = new Set([...machineNames(), ...hostNames.map((name) => name.toLowerCase().replace(/\.$/, ""))]);

  function authenticate(token: string, head: RequestHead): Viewer | undefined {
    const viewer = options.authenticate(token);
    if (viewer !== undefined) options.onAuthenticated?.(viewer, head);
    return viewer;
  }

  /** A known token proves that no foreign page asks; without one, the Host must be ours. */
  function requireOwnHost(head: RequestHead): void {
    const { host } = head.headers;
    if (host === undefined) {
      // HTTP/1.0 has no Host, and no browser speaks it.
      if (head.httpVersion === "1.0") return;
      throw new ReelayError("REELAY_BAD_REQUEST", "The Host header is missing.");
    }
    if (!isOwnHost(host, names)) {
      throw new ReelayError("REELAY_ORIGIN_REFUSED", "The Host header is not a name of this server.");
    }
  }

  return {
    identify(head) {
      const token = tokenOf(head);
      if (token === undefined) {
        requireOwnHost(head);
        throw new ReelayError("REELAY_UNAUTHORIZED");
      }
      const viewer = authenticate(token, head);
      if (viewer === undefined) throw new ReelayError("REELAY_UNAUTHORIZED");
      return viewer;
    },
    identifyIfAny(head) {
      const token = tokenOf(head);
      const viewer = token === undefined ? undefined : authenticate(token, head);
      // Not any token will do here: a rebound page could invent one and read what is public.
      if (viewer === undefined) requireOwnHost(head);
      return viewer;
    },
  };
}
