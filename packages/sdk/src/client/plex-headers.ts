import type { ClientFields } from "../models/operations.ts";

/** The header of each client field, but `accepts`, which goes by its own name. */
const HEADER_OF = {
  clientIdentifier: "X-Plex-Client-Identifier",
  product: "X-Plex-Product",
  version: "X-Plex-Version",
  platform: "X-Plex-Platform",
  platformVersion: "X-Plex-Platform-Version",
  device: "X-Plex-Device",
  model: "X-Plex-Model",
  deviceVendor: "X-Plex-Device-Vendor",
  deviceName: "X-Plex-Device-Name",
  marketplace: "X-Plex-Marketplace",
  accepts: "accepts",
} as const satisfies Record<keyof ClientFields, string>;

export const clientFieldNames = Object.keys(HEADER_OF) as (keyof ClientFields)[];

/** Names and values as they are meant; encoding is for those who send them. */
export function plexHeaders(...layers: readonly ClientFields[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const field of clientFieldNames) {
    const value = layers.map((layer) => layer[field]).find((value) => value !== undefined);
    if (value !== undefined) headers.set(HEADER_OF[field], value);
  }
  return headers;
}

/**
 * A value as a header can carry it. What Latin-1 has not, and control characters, would make `fetch` throw: such a value
 * is percent-encoded as a whole, as Plex's own clients do.
 */
export function headerValue(value: string): string {
  return /^[\x20-\x7e\xa0-\xff]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed());
}
