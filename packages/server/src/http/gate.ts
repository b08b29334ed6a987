import { ReelayError } from "../support/index.ts";
import { isOwnHost, machineNames } from "./host-names.ts";
import { plexParameter, type RequestHead } from "./query.ts";
import { isReading, isSameOrigin, type OwnOrigin, saysOrigin } from "./same-origin.ts";
import type { Viewer } from "./viewer.ts";

export interface GateOptions extends Partial<OwnOrigin> {
  /** The account behind a token; undefined for a token that is not known. */
  readonly authenticate: (token: string) => Viewer | undefined;
  /** Who is known without a token, by the first of these that knows: by cookie, by network. Default: nobody. */
  readonly ambient?: readonly ((head: RequestHead) => Viewer | undefined)[];
  /** Host names besides addresses, `localhost` and the machine's own. */
  readonly hostNames?: readonly string[];
  /** Told of each request that was let in, but for those that only read and that a foreign page could have caused. */
  readonly onAuthenticated?: (viewer: Viewer, head: RequestHead) => void;
}

/**
 * Decides who may ask: the same for routes, streams and WebSocket handshakes. A token is enough, whoever sends it: no
 * browser adds it by itself. What a browser or its network does add, cookie or address, counts only for the server's own
 * pages, under its own names, and for no GET that changes anything.
 */
export interface Gate {
  /** @throws REELAY_UNAUTHORIZED, REELAY_ORIGIN_REFUSED, REELAY_BAD_REQUEST */
  identify(head: RequestHead): Viewer;
  /** For what anybody may ask who reaches this server under one of its names. @throws as {@link identify}, but for a missing token */
  identifyIfAny(head: RequestHead): Viewer | undefined;
  /** For what no page of another origin may ask, not even with a token. @throws REELAY_ORIGIN_REFUSED */
  requireSameOrigin(head: RequestHead): void;
}

/** The token of a request: header or query parameter X-Plex-Token. */
export function tokenOf(head: Pick<RequestHead, "headers" | "url">): string | undefined {
  return plexParameter(head, "X-Plex-Token");
}

export function createGate({ hostNames = [], scheme = "http", publicUrl, ...options }: GateOptions): Gate {
  const names = new Set([...machineNames(), ...hostNames.map((name) => name.toLowerCase().replace(/\.$/, ""))]);
  const own: OwnOrigin = { scheme, publicUrl };

  function authenticate(token: string, head: RequestHead): Viewer | undefined {
    const viewer = options.authenticate(token);
    if (viewer !== undefined) options.onAuthenticated?.(viewer, head);
    return viewer;
  }

  /** Whoever is known by cookie or network; a request whose page is a foreign one counts as nobody's. */
  function ambient(head: RequestHead): Viewer | "foreign" | undefined {
    let viewer: Viewer | undefined;
    for (const known of options.ambient ?? []) viewer ??= known(head);
    if (viewer === undefined) return undefined;
    if (!isSameOrigin(head, own)) return "foreign";
    if (isReading(head)) return viewer;
    // A browser that holds a cookie says whose page it is; a program that is let in by its network is no browser.
    if (viewer.ambient === "cookie" && !saysOrigin(head)) return "foreign";
    options.onAuthenticated?.(viewer, head);
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
        const viewer = ambient(head);
        if (viewer === "foreign") throw foreignPage();
        if (viewer === undefined) throw new ReelayError("REELAY_UNAUTHORIZED");
        return viewer;
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
      if (token !== undefined) return viewer;
      const known = ambient(head);
      return known === "foreign" ? undefined : known;
    },
    requireSameOrigin(head) {
      if (!isSameOrigin(head, own)) throw foreignPage();
    },
  };
}

function foreignPage(): ReelayError {
  return new ReelayError("REELAY_ORIGIN_REFUSED", "The page that asks is not this server's, or its Origin is missing.");
}
