import { plexParameter, type RequestHead } from "../http/index.ts";
import type { Row } from "../storage/index.ts";
import { harmless } from "../support/index.ts";

/** How a device describes itself. A text that it does not tell is `""`. */
export interface DeviceDescription {
  readonly name: string;
  readonly platform: string;
  readonly platformVersion: string;
  readonly product: string;
  readonly version: string;
  readonly device: string;
  readonly model: string;
  readonly vendor: string;
}

/** Whatever named itself in a request with a valid token: a player, an app, a script. */
export interface Device extends DeviceDescription {
  readonly id: number;
  /** X-Plex-Client-Identifier; in webhooks it is `Player.uuid`. */
  readonly clientIdentifier: string;
  /** With whose token it was first seen; null when that account was removed since. */
  readonly accountId: number | null;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms, to the minute. */
  readonly lastSeenAt: number;
}

/** Characters of a text that are kept. */
const LONGEST = 200;

const parameters = {
  name: "X-Plex-Device-Name",
  platform: "X-Plex-Platform",
  platformVersion: "X-Plex-Platform-Version",
  product: "X-Plex-Product",
  version: "X-Plex-Version",
  device: "X-Plex-Device",
  model: "X-Plex-Model",
  vendor: "X-Plex-Device-Vendor",
} as const satisfies Record<keyof DeviceDescription, string>;

/** The client identifier of a request; undefined for one that does not name itself. */
export function identifierOf(head: RequestHead): string | undefined {
  return textOf(head, "X-Plex-Client-Identifier");
}

/** What a request says of its device. It is called by the best that it tells: its name, kind, app, system or identifier. */
export function describedBy(head: RequestHead, identifier: string): DeviceDescription {
  const told = Object.fromEntries(
    Object.entries(parameters).map(([key, name]) => [key, textOf(head, name) ?? ""]),
  ) as unknown as DeviceDescription;
  return { ...told, name: told.name || told.device || told.product || told.platform || identifier };
}

function textOf(head: RequestHead, name: string): string | undefined {
  const text = plexParameter(head, name);
  if (text === undefined) return undefined;
  const header = head.headers[name.toLowerCase()];
  const read = typeof header === "string" && header.trim() === text ? fromUtf8(text) : text;
  // By characters: half of a pair is none.
  const [...characters] = harmless(read.slice(0, 2 * LONGEST));
  return characters.slice(0, LONGEST).join("");
}

/** Node reads headers as Latin-1, clients write UTF-8 into them: «JÃ¼rgen». */
function fromUtf8(header: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(header, "latin1"));
  } catch {
    // It was Latin-1.
    return header;
  }
}

export function deviceFromRow(row: Row): Device {
  return {
    id: Number(row.id),
    clientIdentifier: String(row.client_identifier),
    accountId: row.account_id as number | null,
    createdAt: Number(row.created_at),
    lastSeenAt: Number(row.last_seen_at),
    ...(JSON.parse(String(row.about)) as DeviceDescription),
  };
}
