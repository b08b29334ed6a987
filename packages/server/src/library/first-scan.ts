/**
 * Folders in which a section's first scan met files that were still being copied: what they turn out to be was there from
 * the beginning, and is no news. Kept in memory, for the seconds until those files have settled.
 */
export class FirstScans {
  readonly #folders = new Map<number, Set<string>>();

  /** Whether what is found in this folder now belongs to the section's first scan. */
  has(sectionId: number, folder: Buffer): boolean {
    return this.#folders.get(sectionId)?.has(folder.toString("latin1")) === true;
  }

  /**
   * A scan has ended.
   * @param first whether no scan of the section had ended before
   * @param folders that it looked at; undefined for all
   * @param unsettled absolute folders with files that were still being copied
   */
  ended(
    sectionId: number,
    scan: {
      readonly first: boolean;
      readonly folders: readonly Buffer[] | undefined;
      readonly unsettled: readonly Buffer[];
    },
  ): void {
    const unsettled = new Set(scan.unsettled.map((folder) => folder.toString("latin1")));
    const looked = scan.folders?.map((folder) => folder.toString("latin1"));
    const before = this.#folders.get(sectionId) ?? new Set<string>();
    const left = scan.first
      ? unsettled
      : new Set(
          [...before].filter((folder) => unsettled.has(folder) || looked?.some((top) => holds(top, folder)) === false),
        );
    if (left.size === 0) this.#folders.delete(sectionId);
    else this.#folders.set(sectionId, left);
  }
}

function holds(top: string, folder: string): boolean {
  return folder === top || folder.startsWith(top.endsWith("/") ? top : `${top}/`);
}
