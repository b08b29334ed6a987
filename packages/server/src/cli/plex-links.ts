import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ReelayError, systemCode } from "../support/index.ts";

const linkedServer = z.object({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,39}$/),
  url: z.url(),
  /** Missing where only a token was typed in. */
  machineIdentifier: z.string().optional(),
  token: z.string().min(1),
});
const file = z.object({
  /** How this program names itself to plex.tv; the same for good, so that it is one device there. */
  clientIdentifier: z.string().min(1),
  servers: z.array(linkedServer),
});

export type LinkedServer = z.output<typeof linkedServer>;
export type PlexLinks = z.output<typeof file>;

export function linksPath(dataDir: string): string {
  return join(dataDir, "plex-links.json");
}

/** The servers that `reelay plex link` has linked; undefined if there are none. @throws REELAY_CONFIG_INVALID for a file that is damaged */
export function readLinks(dataDir: string): PlexLinks | undefined {
  let text: string;
  try {
    text = readFileSync(linksPath(dataDir), "utf8");
  } catch (error) {
    // Also where there is no data folder.
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
  try {
    return file.parse(JSON.parse(text));
  } catch (error) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `${linksPath(dataDir)} is damaged: remove it and link again.`, {
      cause: error,
    });
  }
}

/** Writes them whole or not at all, readable by their user only from the first byte on. */
export function writeLinks(dataDir: string, links: PlexLinks): void {
  const temporary = `${linksPath(dataDir)}.${process.pid}`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, `${JSON.stringify(links, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(temporary, linksPath(dataDir));
}

/** A name for a server as one word; no two the same. */
export function freeName(name: string, others: readonly LinkedServer[]): string {
  const word =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 30) || "plex";
  for (let count = 1; ; count++) {
    const free = count === 1 ? word : `${word}-${count}`;
    if (others.every((one) => one.name !== free)) return free;
  }
}
