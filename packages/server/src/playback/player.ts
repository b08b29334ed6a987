import type { FastifyRequest } from "fastify";
import type { PlayerFacts } from "../events/index.ts";
import { plexParameter } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";

/** Where a request comes from, as the server's settings tell: see `server.ts`. */
export interface Whereabouts {
  /** The caller's, or that which a trusted proxy tells. */
  readonly address: string;
  readonly local: boolean;
  readonly publicAddress: string;
}

export type Locate = (request: FastifyRequest) => Whereabouts;

const LONGEST_NAME = 200;

/** Who plays, by the `X-Plex-…` headers or parameters of its request. @throws REELAY_INVALID_PARAMETER for one without an identifier */
export function playerOf(request: FastifyRequest, locate: Locate): PlayerFacts {
  const player = playerIfNamed(request, locate);
  if (player === undefined) {
    throw new ReelayError(
      "REELAY_INVALID_PARAMETER",
      "X-Plex-Client-Identifier: a player names itself by this header or parameter.",
    );
  }
  return player;
}

/** As {@link playerOf}; undefined for a request that does not name itself. */
export function playerIfNamed(request: FastifyRequest, locate: Locate): PlayerFacts | undefined {
  const text = (name: string) => readable(plexParameter(request.raw, `X-Plex-${name}`))?.slice(0, LONGEST_NAME);
  const uuid = text("Client-Identifier");
  if (uuid === undefined) return undefined;
  const told = {
    product: text("Product"),
    version: text("Version"),
    platform: text("Platform"),
    platformVersion: text("Platform-Version"),
    device: text("Device"),
    deviceClass: text("Device-Class"),
    model: text("Model"),
    vendor: text("Device-Vendor") ?? text("Vendor"),
    profile: text("Client-Profile-Name") ?? text("Platform"),
    protocolVersion: text("Protocol-Version"),
  };
  const { address, local, publicAddress } = locate(request);
  return {
    uuid,
    title: text("Device-Name") ?? told.device ?? told.product ?? told.platform ?? uuid,
    ...withoutMissing(told),
    address,
    local,
    publicAddress,
    secure: request.protocol === "https",
  };
}

/** Players write UTF-8 into their headers, which HTTP reads byte by byte. */
function readable(text: string | undefined): string | undefined {
  if (text === undefined || !/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function withoutMissing<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
