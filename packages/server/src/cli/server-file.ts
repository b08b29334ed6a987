import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { systemCode } from "../support/index.ts";

/** How commands on this machine find the server that runs on a data folder, and are let in as the owner. */
export interface ServerFile {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  /** Of this start only. */
  readonly token: string;
  /** The one that it shows over TLS, as PEM; commands trust it and no other. */
  readonly certificate?: string | undefined;
}

const schema = z.object({
  pid: z.int().positive(),
  url: z.url(),
  port: z.int().min(1).max(65_535),
  token: z.string().min(1),
  certificate: z.string().min(1).optional(),
});

export function serverFilePath(dataDir: string): string {
  return join(dataDir, "server.json");
}

/** Writes it whole or not at all, readable by its user only from the first byte on. */
export function writeServerFile(dataDir: string, file: ServerFile): void {
  const path = serverFilePath(dataDir);
  const temporary = `${path}.${file.pid}`;
  // A former process of this pid may have left one, of any mode.
  rmSync(temporary, { force: true });
  writeFileSync(temporary, `${JSON.stringify(file)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(temporary, path);
}

/** Removes the file at a clean end, unless it is another server's by now. */
export function removeServerFile(dataDir: string, pid: number): void {
  if (parse(dataDir)?.pid === pid) rmSync(serverFilePath(dataDir), { force: true });
}

/** The file of a server whose process lives; undefined if there is none, or it is left over from one that was killed. */
export function readServerFile(dataDir: string): ServerFile | undefined {
  const file = parse(dataDir);
  return file !== undefined && isAlive(file.pid) ? file : undefined;
}

function parse(dataDir: string): ServerFile | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(serverFilePath(dataDir), "utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process lives too.
    return systemCode(error) === "EPERM";
  }
}
