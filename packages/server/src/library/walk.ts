import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { systemCode } from "../support/index.ts";
import { joinBytes, nameText } from "./file-name.ts";
import { classifyFile } from "./naming.ts";

/** A media file or picture as a folder shows it. */
export interface FoundFile {
  readonly name: Buffer;
  readonly size: number;
  /** Epoch ms. */
  readonly mtime: number;
  readonly inode: number;
}

export interface FoundFolder {
  /** Bytes, relative to the root; empty for the root itself. */
  readonly path: Buffer;
  /** Videos or tracks, whichever the section holds. */
  readonly media: readonly FoundFile[];
  readonly pictures: readonly FoundFile[];
}

/** What could not be looked at; nothing below it may be taken for deleted. */
export interface WalkProblem {
  readonly path: Buffer;
  readonly code: string;
}

export interface WalkOptions {
  readonly kind: "video" | "audio";
  /** Relative folders to walk; the whole root by default. */
  readonly within?: readonly Buffer[];
  readonly signal?: AbortSignal;
  readonly onProblem: (problem: WalkProblem) => void;
}

/** lstat calls that run at once: enough to hide a network share's latency, few enough to leave the thread pool usable. */
const CONCURRENCY = 32;

/** Folders that are read ahead of the one whose turn it is. */
const AHEAD = 16;

interface Pending {
  readonly path: Buffer;
  /** `device:inode` of this folder and of those above: a link back to one of them is a loop. */
  readonly self: string | undefined;
  readonly above: readonly string[];
  visited?: Promise<Visited | undefined>;
}

interface Visited {
  readonly folder: FoundFolder;
  readonly children: Pending[];
}

/** Walks a media folder depth first in the order of names. Links are followed, loops are not. */
export async function* walk(root: Buffer, options: WalkOptions): AsyncGenerator<FoundFolder> {
  const starts = options.within ?? [Buffer.alloc(0)];
  const stack: Pending[] = [...starts].reverse().map((path) => ({ path, self: undefined, above: [] }));
  for (let next = stack.at(-1); next !== undefined; next = stack.at(-1)) {
    options.signal?.throwIfAborted();
    for (const soon of stack.slice(-AHEAD)) soon.visited ??= visit(root, soon, options);
    stack.pop();
    const visited = await next.visited;
    if (visited === undefined) continue;
    yield visited.folder;
    for (const child of visited.children.reverse()) stack.push(child);
  }
}

async function visit(
  root: Buffer,
  { path, above, ...pending }: Pending,
  options: WalkOptions,
): Promise<Visited | undefined> {
  const absolute = joinBytes(root, path);
  let names: Buffer[];
  let self: string;
  try {
    self = pending.self ?? identity(await stat(absolute));
    names = await readdir(absolute, { encoding: "buffer" });
  } catch (error) {
    // A folder that vanished meanwhile is no problem: its files are gone, and the scan says so.
    if (systemCode(error) !== "ENOENT") options.onProblem({ path, code: systemCode(error) ?? "unknown" });
    return undefined;
  }
  if (above.includes(self)) {
    options.onProblem({ path, code: "ELOOP" });
    return undefined;
  }
  names.sort(Buffer.compare);
  const media: FoundFile[] = [];
  const pictures: FoundFile[] = [];
  const children: Pending[] = [];
  const chain = [...above, self];
  const folderText = nameText(path);
  for (let at = 0; at < names.length; at += CONCURRENCY) {
    const slice = names.slice(at, at + CONCURRENCY).filter((name) => mayMatter(name));
    const stats = await Promise.all(slice.map((name) => look(joinBytes(absolute, name))));
    for (const [index, found] of stats.entries()) {
      const name = slice[index] ?? Buffer.alloc(0);
      if (found === undefined) continue; // vanished, or a link to nothing
      if (typeof found === "string") {
        options.onProblem({ path: joinBytes(path, name), code: found });
      } else if (found.isDirectory()) {
        if (walksInto(name)) children.push({ path: joinBytes(path, name), self: identity(found), above: chain });
      } else if (found.isFile()) {
        const text = nameText(name);
        const { kind } = classifyFile(folderText === "" ? text : `${folderText}/${text}`);
        const file = { name, size: found.size, mtime: found.mtimeMs, inode: found.ino };
        if (kind === options.kind) media.push(file);
        else if (kind === "picture") pictures.push(file);
      }
    }
  }
  return { folder: { path, media, pictures }, children };
}

/** Hidden names cost no lstat; `..` begins two dots, as titles may. */
function mayMatter(name: Buffer): boolean {
  return !(name[0] === 0x2e && name[1] !== 0x2e);
}

const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(["@eadir", "#recycle", "@recycle", "lost+found", "$recycle.bin"]);

function walksInto(name: Buffer): boolean {
  return !SYSTEM_FOLDERS.has(nameText(name).toLowerCase());
}

async function look(path: Buffer): Promise<Stats | string | undefined> {
  try {
    const found = await lstat(path);
    return found.isSymbolicLink() ? await stat(path) : found;
  } catch (error) {
    const code = systemCode(error);
    return code === "ENOENT" ? undefined : (code ?? "unknown");
  }
}

function identity(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}
