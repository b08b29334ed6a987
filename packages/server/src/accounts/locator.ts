import type { RequestHead } from "../http/index.ts";
import type { Clock } from "../support/index.ts";
import { networks, type Surroundings, type Whereabouts, whereabouts } from "./whereabouts.ts";

/** Addresses come and go: a laptop changes its network, a cable is plugged in. */
const LOOK_AGAIN_MS = 10_000;

export interface LocatorOptions {
  readonly clock: Clock;
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** What counts as local, separated by commas. */
  readonly lanNetworks: () => string;
  /** This server's, as the internet sees it; `""` if it is not known. */
  readonly publicAddress: () => string;
  /** The networks of this machine's interfaces, such as `192.168.1.5/24`. */
  readonly interfaces: () => readonly string[];
}

/** Says of each request where it comes from, as settings and networks are at that moment. */
export function createLocator(options: LocatorOptions): (head: RequestHead) => Whereabouts {
  const trustedProxies = networks(options.trustProxy);
  let lan = "";
  let looked = Number.NEGATIVE_INFINITY;
  let localNetworks = networks([]);

  function surroundings(): Surroundings {
    const now = options.clock.now();
    const asked = options.lanNetworks();
    if (asked !== lan || Math.abs(now - looked) >= LOOK_AGAIN_MS) {
      lan = asked;
      looked = now;
      localNetworks = networks([...options.interfaces(), ...asked.split(",")]);
    }
    return { trustedProxies, localNetworks, publicAddress: options.publicAddress() };
  }

  return ({ headers, socket }) => {
    const forwarded = headers["x-forwarded-for"];
    return whereabouts(
      {
        remoteAddress: socket?.remoteAddress,
        forwardedFor: Array.isArray(forwarded) ? forwarded.join(",") : forwarded,
      },
      surroundings(),
    );
  };
}
