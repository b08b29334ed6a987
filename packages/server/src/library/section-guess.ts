import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../support/index.ts";
import { guessSectionType, type SectionType } from "./naming.ts";

/** Names looked at: a majority among so many is one in the whole folder. */
const SAMPLE = 2_000;

/** What kind of section a folder is, by the majority of what is in it; folders are looked through breadth first. */
export async function guessTypeOfFolder(root: string): Promise<SectionType> {
  const paths: string[] = [];
  const folders = [""];
  for (let folder = folders.shift(); folder !== undefined && paths.length < SAMPLE; folder = folders.shift()) {
    for (const entry of await entriesOf(join(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      // Links are not followed: a loop would only repeat what was counted.
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) paths.push(path);
    }
  }
  return guessSectionType(paths.slice(0, SAMPLE));
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return []; // Unreadable: it does not vote. The scan tells of it.
  }
}
