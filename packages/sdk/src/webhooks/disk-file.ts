import type { WebhookThumb } from "@reelay/protocol";
import { WebhookError } from "./errors.ts";

/** A part that a body parser has put on the disk, as multer does with `dest`, and formidable always. */
export interface DiskFile extends Omit<WebhookThumb, "data"> {
  readonly path: string;
}

interface Files {
  stat(path: string): Promise<{ readonly size: number; isFile(): boolean }>;
  readFile(path: string): Promise<Uint8Array>;
}

interface Globals {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

/**
 * Reads it, as far as there is a disk, and the file is still there; never what is no file.
 * @throws WebhookError `too-large`
 */
export async function readDiskFile({ path, ...file }: DiskFile, maxBytes: number): Promise<WebhookThumb | undefined> {
  const files = await diskOf(globalThis as Globals);
  const size = await files?.stat(path).then(
    // A device or a pipe tells no size, and may have no end.
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (files === undefined || size === undefined) return undefined;
  if (size > maxBytes) throw new WebhookError("too-large", `A part is longer than ${maxBytes} bytes.`);
  const bytes = await files.readFile(path).catch(() => undefined);
  return bytes && { ...file, data: Uint8Array.from(bytes) };
}

/** Not imported by name, so that bundlers for other runtimes find nothing to miss. */
async function diskOf({ process }: Globals): Promise<Files | undefined> {
  const name = "node:fs/promises";
  if (process === undefined) return undefined;
  return (process.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ name))) as Files;
}
