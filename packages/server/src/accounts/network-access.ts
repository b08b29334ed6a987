import type { BlockList } from "node:net";
import type { Rights } from "../events/index.ts";
import type { RequestHead, Viewer } from "../http/index.ts";
import { OWNER_ID } from "./account.ts";
import { contains, networks, provenAddress } from "./whereabouts.ts";

/**
 * What proxies write of whom they ask for. From somebody who is no trusted proxy each of them means: the address of the
 * connection is not the caller's.
 */
const FORWARDED = [
  ...[
    "forwarded",
    "via",
    "x-forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
  ],
  ...["x-forwarded-server", "x-original-forwarded-for", "x-real-ip", "x-client-ip", "x-cluster-client-ip"],
  ...["true-client-ip", "cf-connecting-ip", "fastly-client-ip"],
];

/** How the ids of those begin who are let in by their network; the ids of tokens are hex digits. */
const ID = "network:";

export interface NetworkAccessOptions {
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** Addresses and networks from which no token is needed, separated by commas, as they are at this moment. */
  readonly allowed: () => string;
  readonly rightsOf: (accountId: number) => Rights;
}

/** Lets callers in by the network that they ask from: as the owner, like a Plex server. */
export class NetworkAccess {
  readonly #options: NetworkAccessOptions;
  readonly #trusted: BlockList;
  #text = "";
  #allowed = networks([]);

  constructor(options: NetworkAccessOptions) {
    this.#options = options;
    this.#trusted = networks(options.trustProxy);
  }

  /** Who a request is by its address: one of the gate's ways to know a caller. */
  readonly byNetwork = ({ headers, socket }: RequestHead): Viewer | undefined => {
    if (this.#options.allowed() === "") return undefined;
    const forwardedFor = headers["x-forwarded-for"];
    const address = provenAddress(
      {
        remoteAddress: socket?.remoteAddress,
        forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(",") : forwardedFor,
      },
      FORWARDED.some((name) => headers[name] !== undefined),
      this.#trusted,
    );
    if (address === undefined || !this.#allows(address)) return undefined;
    return {
      ...this.#options.rightsOf(OWNER_ID),
      tokenId: `${ID}${address}`,
      tokenName: `the network of ${address}`,
      ambient: "network",
    };
  };

  /** Who such a viewer is by now. */
  readonly current = (viewer: Viewer): Viewer | undefined => (this.isOver(viewer.tokenId) ? undefined : viewer);

  /** Whether somebody with this id was let in by a network that is not allowed any more. */
  readonly isOver = (tokenId: string): boolean => tokenId.startsWith(ID) && !this.#allows(tokenId.slice(ID.length));

  #allows(address: string): boolean {
    const text = this.#options.allowed();
    if (text !== this.#text) {
      this.#text = text;
      this.#allowed = networks(text.split(","));
    }
    return contains(this.#allowed, address);
  }
}
