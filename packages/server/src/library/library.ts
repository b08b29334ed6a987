import type { Activities } from "../activities/index.ts";
import type { ItemSnapshot, Outbox } from "../events/index.ts";
import type { Database, Row, Transaction } from "../storage/index.ts";
import { type Clock, type ErrorCode, errorCatalogue, type Logger, ReelayError, uuidv7 } from "../support/index.ts";
import { ArrivalTeller, type ArrivalTimes } from "./arrival-teller.ts";
import { ArtworkStore } from "./artwork.ts";
import { applyEdit, type Edit } from "./edit.ts";
import { FileStore } from "./file-store.ts";
import { FirstScans } from "./first-scan.ts";
import { ItemPictures } from "./item-pictures.ts";
import { ItemRefresher } from "./item-refresh.ts";
import { ProbePool } from "./probe.ts";
import { Scan, type ScanRequest, type ScanResult, type ScanRooms } from "./scan.ts";
import { SETTLE_MS } from "./scan-diff.ts";
import { ScanQueue } from "./scan-queue.ts";
import { type Location, type NewSection, type Section, SectionStore } from "./section-store.ts";
import { Thumbs } from "./thumbs.ts";
import { Watcher } from "./watcher.ts";

export interface LibraryOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly activities: Activities;
  readonly clock: Clock;
  readonly log: Logger;
  /** Pictures are kept below it. */
  readonly dataDir: string;
  /** Probing threads. Default 2. */
  readonly workers?: number;
  /** Closed with the library. Default: a pool of `workers`. */
  readonly probes?: ProbePool;
  /** Watch the folders and scan what changes. Default true; {@link Library.setWatching} changes it. */
  readonly watch?: boolean;
  /**
   * Milliseconds between full rescans, the truth that watching is checked against; null for none. Default 15 minutes;
   * {@link Library.setRescans} changes it.
   */
  readonly rescanMs?: number | null;
  /** When what is new is told. */
  readonly arrivals?: Partial<ArrivalTimes>;
}

/** A picture is stored before its item names it. */
const PICTURE_GRACE_MS = 3_600_000;

/** The media that is there: its sections, what scans find, and who is told of it. */
export class Library implements AsyncDisposable {
  readonly sections: SectionStore;
  readonly artwork: ArtworkStore;
  readonly thumbs: Thumbs;
  readonly #options: LibraryOptions;
  readonly #rooms: ScanRooms;
  readonly #queue: ScanQueue;
  readonly #refresher: ItemRefresher;
  readonly #arrivals: ArrivalTeller;
  readonly #watchers = new Map<number, Watcher>();
  readonly #cancelTimers = new Set<() => void>();
  readonly #readyListeners = new Set<(tx: Transaction, row: Row) => void>();
  #stopRescans: (() => void) | undefined;
  #rescanMs: number | null;
  #watching: boolean;

  constructor(options: LibraryOptions) {
    const { database, outbox, activities, clock, log } = options;
    const workers = options.workers ?? 2;
    this.#options = options;
    this.#rescanMs = options.rescanMs === undefined ? 15 * 60_000 : options.rescanMs;
    this.#watching = options.watch ?? true;
    this.sections = new SectionStore(database, outbox, clock);
    this.artwork = new ArtworkStore(options.dataDir);
    this.thumbs = new Thumbs({ artwork: this.artwork, dataDir: options.dataDir, log });
    this.#rooms = {
      database,
      outbox,
      activities,
      clock,
      log,
      files: new FileStore(outbox, {
        onAdded: (tx) => tx.afterCommit(() => this.#arrivals.wake()),
        onReady: (tx, row) => {
          for (const listener of this.#readyListeners) listener(tx, row);
        },
      }),
      pictures: new ItemPictures(database, this.artwork, log),
      artwork: this.artwork,
      probes: options.probes ?? new ProbePool({ workers }),
      told: new Map(),
      firstScans: new FirstScans(database, clock),
      ahead: workers * 8,
    };
    this.#refresher = new ItemRefresher(this.#rooms);
    this.#queue = new ScanQueue(
      (sectionId, request, uuid, signal) => this.#runScan(sectionId, request, uuid, signal),
      log,
    );
    this.#arrivals = new ArrivalTeller({
      database,
      outbox,
      clock,
      log,
      isScanning: (id) => this.isScanning(id),
      times: options.arrivals,
    });
  }

  /** @param ms between full rescans; null for none */
  setRescans(ms: number | null): void {
    this.#rescanMs = ms;
    this.#stopRescans?.();
    this.#stopRescans =
      ms === null
        ? undefined
        : this.#options.clock.every(ms, () => {
            for (const section of this.sections.list()) this.scan(section.id, {});
            for (const watcher of this.#watchers.values()) void watcher.start();
          });
  }

  async setWatching(watching: boolean): Promise<void> {
    this.#watching = watching;
    if (watching) {
      for (const section of this.sections.list()) await this.#watch(section);
    } else {
      const watchers = [...this.#watchers.values()];
      this.#watchers.clear();
      await Promise.all(watchers.map((watcher) => watcher.close()));
    }
  }

  /** Scans all sections, then watches them. Resolves when the first scans are done. */
  async start(): Promise<ScanResult[]> {
    const sections = this.sections.list();
    await Promise.all(sections.map((section) => this.#watch(section)));
    this.setRescans(this.#rescanMs);
    return Promise.all(sections.map((section) => this.scan(section.id, {}).done));
  }

  async addSection(added: NewSection): Promise<Section> {
    const section = await this.sections.add(added);
    await this.#watch(section);
    return section;
  }

  /** @throws REELAY_NOT_FOUND */
  async removeSection(id: number): Promise<void> {
    await this.#watchers.get(id)?.close();
    this.#watchers.delete(id);
    await this.#queue.cancel(id);
    await this.sections.remove(id);
  }

  /** Queues a scan. `uuid` is its activity's; `done` never rejects: what went wrong is logged and told. */
  scan(sectionId: number, request: ScanRequest): { readonly uuid: string; readonly done: Promise<ScanResult> } {
    if (this.sections.get(sectionId) === undefined) {
      throw new ReelayError("REELAY_NOT_FOUND", `There is no section ${sectionId}.`);
    }
    const scan = this.#queue.add(sectionId, request, uuidv7(this.#options.clock.now()));
    void scan.done.then(() => this.#arrivals.look());
    return scan;
  }

  /** Ends the section's running and waiting scans. */
  cancelScans(sectionId: number): Promise<void> {
    return this.#queue.cancel(sectionId);
  }

  isScanning(sectionId: number): boolean {
    return this.#queue.isBusyWith(sectionId);
  }

  /** Reads an item's files and pictures again; exactly one bare 5 follows. @returns the activity's uuid */
  refreshItem(itemId: number, accountId: number): Promise<string> {
    return this.#refresher.refresh(itemId, accountId);
  }

  /**
   * Calls `listener` with each item that is settled for the first time, in the transaction that settles it, so that what
   * follows from it is told or lost together with it. The returned function ends that.
   */
  onReady(listener: (tx: Transaction, row: Row) => void): () => void {
    this.#readyListeners.add(listener);
    return () => this.#readyListeners.delete(listener);
  }

  /** What a person says of items; each is told by one `item.updated`. @throws REELAY_NOT_FOUND, and nothing has changed */
  async editItems(ids: readonly number[], edit: Edit): Promise<void> {
    const { database, outbox, clock } = this.#options;
    await database.transaction((tx) => {
      for (const id of ids) {
        if (tx.get("SELECT 1 FROM items WHERE id = ? AND deleted_at IS NULL", id) === undefined) {
          throw new ReelayError("REELAY_NOT_FOUND", `There is no item ${id}.`);
        }
        applyEdit(tx, outbox, id, edit, Math.floor(clock.now() / 1000));
      }
    });
  }

  /** A small JPEG of an item as it was: of its picture, or a card with its title where it had none. */
  thumb(snapshot: ItemSnapshot): Promise<Buffer> {
    return this.thumbs.ofSnapshot(snapshot);
  }

  /** Pictures that nothing shows any more, and that are not just being stored. @returns how many were removed */
  async removeUnusedPictures(signal: AbortSignal): Promise<number> {
    const rows = await this.#options.database.readLong(
      `SELECT thumb AS hash FROM items WHERE thumb IS NOT NULL AND reelay_alive()
       UNION SELECT media ->> 'cover' FROM files WHERE media ->> 'cover' IS NOT NULL AND reelay_alive()
       UNION SELECT thumb FROM snapshots WHERE thumb IS NOT NULL AND reelay_alive()`,
      [],
      { maxRows: 5_000_000, signal },
    );
    const used = new Set(rows.map((row) => String(row.hash)));
    let removed = 0;
    for await (const { hash, writtenAt } of this.artwork.list()) {
      signal.throwIfAborted();
      if (used.has(hash) || this.#options.clock.now() - writtenAt < PICTURE_GRACE_MS) continue;
      await this.artwork.remove(hash);
      removed++;
    }
    await this.thumbs.trim();
    return removed;
  }

  async #runScan(
    sectionId: number,
    request: ScanRequest,
    uuid: string,
    signal: AbortSignal,
  ): Promise<ScanResult | undefined> {
    const section = this.sections.get(sectionId);
    if (section === undefined) return undefined; // Removed while its scan waited.
    const result = await new Scan(this.#rooms, section, request, uuid).run(signal);
    if (result.unsettled.length > 0 && !signal.aborted) this.#scanLater(sectionId, result.unsettled);
    return result;
  }

  /** Files that were still being copied: their folders again, when they may have settled. */
  #scanLater(sectionId: number, folders: readonly Buffer[]): void {
    const cancel = this.#options.clock.after(SETTLE_MS + 250, () => {
      this.#cancelTimers.delete(cancel);
      if (this.sections.get(sectionId) !== undefined) this.scan(sectionId, { folders });
    });
    this.#cancelTimers.add(cancel);
  }

  async #watch(section: Section): Promise<void> {
    if (!this.#watching || this.#watchers.has(section.id)) return;
    const watcher = new Watcher({
      section,
      clock: this.#options.clock,
      log: this.#options.log,
      onFailure: (location, code) => void this.#tellUnwatched(section, location, code),
      onChange: (folders) => {
        if (this.sections.get(section.id) !== undefined) this.scan(section.id, { folders });
      },
    });
    this.#watchers.set(section.id, watcher);
    await watcher.start();
  }

  /** People who wait for their new film should know that it takes until the next rescan. */
  async #tellUnwatched(
    section: Section,
    location: Location,
    code: ErrorCode = "REELAY_SECTION_UNREADABLE",
  ): Promise<void> {
    const { database, outbox, log } = this.#options;
    const { cause, remedy } = errorCatalogue[code];
    try {
      await database.transaction((tx) => {
        outbox.append(tx, [
          {
            type: "status.announced",
            audience: { kind: "section", sectionId: section.id },
            subject: `section:${section.id}`,
            facts: {
              title: `${location.path} is not watched`,
              description: `${code}: ${cause} ${remedy}`,
              notificationName: "LIBRARY_UPDATE",
            },
          },
        ]);
      });
    } catch (error) {
      log.error({ err: error }, "an unwatched folder could not be told");
    }
  }

  async close(): Promise<void> {
    this.#stopRescans?.();
    for (const cancel of this.#cancelTimers) cancel();
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
    await this.#queue.close();
    await this.#refresher.close();
    await this.#arrivals.close();
    await this.thumbs.close();
    await this.#rooms.probes.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
