import { hostname } from "node:os";
import type { Database } from "../storage/index.ts";
import { randomHex } from "../support/index.ts";

/**
 * The version that clients are told. Some compare it with the Plex version that brought a feature; this one has event
 * streams, webhooks and JSON answers, and says by its suffix who it is.
 */
export const COMPATIBLE_VERSION = "1.40.0.1-reelay";

/** Who this server is. */
export interface Identity {
  /** 40 hex digits, made with the database: the same for good. */
  readonly machineIdentifier: string;
  /** What it is called while nobody has named it. */
  readonly machineName: string;
}

export async function openIdentity(database: Database): Promise<Identity> {
  const machineIdentifier = await database.transaction((tx) => {
    tx.run("INSERT OR IGNORE INTO meta (key, value) VALUES ('machine_identifier', ?)", randomHex(20));
    return String(tx.get("SELECT value FROM meta WHERE key = 'machine_identifier'")?.value);
  });
  return { machineIdentifier, machineName: hostname() };
}
