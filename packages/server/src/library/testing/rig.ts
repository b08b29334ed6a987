import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Notification, TimelineEntry } from "@reelay/protocol";
import { Activities } from "../../activities/index.ts";
import { LocalEventLog, type MediaEvent, Outbox, ownNotification } from "../../events/index.ts";
import { Database, shippedMigrations } from "../../storage/index.ts";
import { createLogger, systemClock } from "../../support/index.ts";
import { Library, type LibraryOptions } from "../library.ts";
import { type Metadata, toMetadata } from "../metadata.ts";
import type { SectionType } from "../naming.ts";
import { LibraryQueries } from "../queries.ts";
import type { ScanRequest, ScanResult } from "../scan.ts";
import type { Section } from "../section-store.ts";

export const SAMPLES = fileURLToPath(new URL("../../../../../samples/media/", import.meta.url));
const SAMPLE_FILM = "Films/Die Mühle am Ende der Straße (1987)/Die Mühle am Ende der Straße (1987).mp4";

/** Long enough ago that a file counts as settled. */
const SETTLED = new Date("2026-01-01T00:00:00Z");

/** A library on real files and a real database, and what its scans told. */
export class Rig implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), "reelay-library-"));
  readonly media = join(this.root, "media");
  readonly database: Database;
  readonly log: LocalEventLog;
  readonly outbox: Outbox;
  readonly library: Library;
  readonly queries: LibraryQueries;
  readonly activities: Activities;
  #told = 0;

  /** @param options `databaseFrom`: begins with a copy of this file */
  constructor({ databaseFrom, ...options }: Partial<LibraryOptions> & { readonly databaseFrom?: string } = {}) {
    mkdirSync(this.media);
    for (const suffix of databaseFrom === undefined ? [] : ["", "-wal"]) {
      // What a killed process left has a write-ahead log beside it.
      if (existsSync(databaseFrom + suffix)) cpSync(databaseFrom + suffix, join(this.root, `reelay.db${suffix}`));
    }
    const clock = options.clock ?? systemClock;
    const logger = createLogger("silent");
    this.database = Database.open(join(this.root, "reelay.db"), { migrations: shippedMigrations(), log: logger });
    this.log = new LocalEventLog(this.database, "0123456789abcdef");
    const outbox = new Outbox({ clock, origin: "rig", onCommitted: (entries) => this.log.committed(entries) });
    this.outbox = outbox;
    this.activities = new Activities({ database: this.database, outbox, clock, log: logger });
    this.library = new Library({
      database: this.database,
      outbox,
      activities: this.activities,
      clock,
      log: logger,
      dataDir: this.root,
      watch: false,
      ...options,
    });
    this.queries = new LibraryQueries(this.database);
  }

  async section(type: SectionType, folder = ""): Promise<Section> {
    mkdirSync(join(this.media, folder), { recursive: true });
    return this.library.addSection({ name: "Test", type, paths: [join(this.media, folder)] });
  }

  /** Puts a copy of a sample file, or the bytes given, where nobody is still writing. */
  put(
    path: string,
    content: string | Uint8Array | { readonly sample: string } = { sample: SAMPLE_FILM },
    media = this.media,
  ): string {
    const target = join(media, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === "object" && "sample" in content) cpSync(join(SAMPLES, content.sample), target);
    else writeFileSync(target, content);
    utimesSync(target, SETTLED, SETTLED);
    return target;
  }

  async scan(section: Section, request: ScanRequest = {}): Promise<ScanResult> {
    return this.library.scan(section.id, request).done;
  }

  /** Resolves when the first event of this type is told, also one of before. */
  async next(type: MediaEvent["type"]): Promise<void> {
    const found = new AbortController();
    for await (const entries of this.log.follow(0, found.signal)) {
      if (entries.some(({ event }) => event.type === type)) return found.abort();
    }
  }

  /** What was told since the last call. */
  async told(): Promise<Notification[]> {
    const entries = await this.log.read(this.#told, 100_000);
    this.#told = this.log.last();
    return entries.map((entry) => ownNotification(entry.event)).filter((told) => told !== undefined);
  }

  /** The facts about items told since the last call, as `0:12`, `5:12`, `9:12`: state and ratingKey. */
  async toldItems(): Promise<string[]> {
    return itemFacts(await this.told());
  }

  async items(section: Section, type: string): Promise<Metadata[]> {
    const { rows } = await this.queries.list({
      where: "i.section_id = ? AND i.type = ?",
      params: [section.id, type],
      orderBy: "i.title_sort",
      page: { start: 0, size: 100_000 },
      accountId: 1,
    });
    return rows.map((row) => toMetadata(row));
  }

  async close(): Promise<void> {
    await this.library.close();
    await this.database.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Timeline notifications that are facts: created, the bare 5, deleted. */
export function itemFacts(told: readonly Notification[]): string[] {
  return told
    .filter((notification) => notification.type === "timeline")
    .map((notification) => notification.entry as TimelineEntry)
    .filter(({ state, mediaState }) => state === 0 || state === 9 || (state === 5 && mediaState === undefined))
    .map(({ state, itemID }) => `${state}:${itemID}`);
}

/** One line per notification, for comparing whole sequences. */
export function outline(told: readonly Notification[]): string[] {
  return told.map((notification) => {
    switch (notification.type) {
      case "timeline": {
        const { state, mediaState, itemID } = notification.entry;
        return `timeline ${state}${mediaState === undefined ? "" : ` ${mediaState}`} ${itemID}`;
      }
      case "activity":
        return `activity ${notification.entry.event} ${notification.entry.Activity.title}`;
      case "status":
        return `status ${notification.entry.title}`;
      default:
        return notification.type;
    }
  });
}
