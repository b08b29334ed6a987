import { resolve } from "node:path";
import { guessTypeOfFolder, type Library, nameOfFolder, readableFolder } from "./library/index.ts";
import type { SectionOption } from "./server-options.ts";

/** Adds the sections that were given at the start and are not known yet. @throws REELAY_SECTION_UNREADABLE, REELAY_SECTION_OVERLAPS */
export async function addSections(library: Library, sections: readonly SectionOption[]): Promise<void> {
  for (const section of sections) {
    // A known section stays one while its disk is not mounted; only a new one must be readable.
    if (library.sections.at(resolve(section.path)) !== undefined) continue;
    const path = readableFolder(section.path);
    if (library.sections.at(path) !== undefined) continue;
    const type = section.type ?? (await guessTypeOfFolder(path));
    await library.sections.add({ name: section.name ?? nameOfFolder(path), type, paths: [path] });
  }
}
