import { stat } from "node:fs/promises";
import type { Activities, RunningActivity } from "../activities/index.ts";
import { type AudienceOf, type Outbox, ProgressThrottle } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type ErrorCode, errorCatalogue, type Logger, systemCode } from "../support/index.ts";
import type { ArtworkStore } from "./artwork.ts";
import { nameText } from "./file-name.ts";
import type { FileStore } from "./file-store.ts";
import type { FirstScans } from "./first-scan.ts";
import type { ItemPictures } from "./item-pictures.ts";
import type { ProbePool } from "./probe.ts";
import { applyChanges } from "./scan-apply.ts";
import { type Diff, diffLocation } from "./scan-diff.ts";
import { judgeRemovals, type Removal } from "./scan-guard.ts";
import { findMoves } from "./scan-moves.ts";
import type { Location, Section } from "./section-store.ts";

export interface ScanRequest {
  /** Absolute folders inside the section; the whole section by default. */
  readonly folders?: readonly Buffer[];
  /** Read every file again, and confirm removals that would otherwise be refused. */
  readonly force?: boolean;
  /** Who asked; the owner for what the server does by itself. */
  readonly accountId?: number;
}

export interface ScanResult {
  readonly added: number;
  readonly changed: number;
  readonly moved: number;
  readonly removed: number;
  /** Missing, but not removed. */
  readonly unavailable: number;
  readonly cancelled: boolean;
  /** Absolute folders with files that were still being copied. */
  readonly unsettled: readonly Buffer[];
}

export interface ScanRooms {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly activities: Activities;
  readonly files: FileStore;
  readonly pictures: ItemPictures;
  readonly artwork: ArtworkStore;
  readonly probes: ProbePool;
  /** Problems that were told, by location. */
  readonly told: Map<number, Set<string>>;
  readonly firstScans: FirstScans;
  /** Files probed ahead. */
  readonly ahead: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const LIBRARY_UPDATE = "LIBRARY_UPDATE";

/** One scan of one section, from its first notification to its last. */
export class Scan {
  readonly #uuid: string;
  readonly #rooms: ScanRooms;
  readonly #section: Section;
  readonly #request: ScanRequest;
  readonly #audience: AudienceOf<"scan.progressed">;
  readonly #throttle: ProgressThrottle;

  constructor(rooms: ScanRooms, section: Section, request: ScanRequest, uuid: string) {
    this.#uuid = uuid;
    this.#rooms = rooms;
    this.#section = section;
    this.#request = request;
    this.#audience = { kind: "section", sectionId: section.id };
    this.#throttle = new ProgressThrottle(rooms.clock, (event) => {
      rooms.database
        .transaction((tx) => {
          rooms.outbox.append(tx, [event]);
        })
        .catch((error) => rooms.log.warn({ err: error }, "progress could not be told"));
    });
  }

  /**
   * Scans; never ends without its last notifications.
   * @param signal ends the scan early, as cancelling its activity does
   */
  async run(signal: AbortSignal): Promise<ScanResult> {
    const { database, activities, outbox } = this.#rooms;
    const { accountId = 1 } = this.#request;
    const activity = await database.transaction((tx) => {
      const started = activities.start(tx, {
        uuid: this.#uuid,
        type: "library.update.section",
        title: `Scanning ${this.#section.name}`,
        audience: { kind: "account", accountId },
        userID: accountId,
        cancellable: true,
      });
      outbox.append(tx, [this.#status(`Scanning the ${this.#section.name} section`)]);
      return started;
    });
    return this.#run({ ...activity, signal: AbortSignal.any([activity.signal, signal]) });
  }

  async #run(activity: RunningActivity): Promise<ScanResult> {
    const counts = { added: 0, changed: 0, moved: 0, removed: 0, unavailable: 0 };
    const unsettled: Buffer[] = [];
    let failure: unknown;
    try {
      await this.#compare(activity, unsettled);
      const common = { ...this.#rooms, section: this.#section, signal: activity.signal };
      counts.moved = await findMoves({ ...common, partial: this.#request.folders !== undefined });
      const moved = await this.#movedDevices();
      const applied = await applyChanges({
        ...common,
        remounted: new Set(moved.map(({ path }) => path)),
        onProgress: (name, progress) => this.#tellProgress(activity, name, progress),
        tellProblem: (tx, path, code) => this.#tellProblem(tx, path, code),
      });
      counts.added = applied.added;
      counts.changed = applied.changed;
      unsettled.push(...applied.unsettled);
      Object.assign(counts, await this.#removeMissing(this.#section.id));
      await this.#forgetOld();
      const { folders } = this.#request;
      const first = this.#section.scannedAt === null && folders === undefined;
      await this.#rooms.firstScans.ended(this.#section.id, { first, folders, unsettled });
    } catch (error) {
      failure = error;
    }
    await this.#finish(
      activity,
      failure,
      Object.values(counts).some((count) => count > 0),
    );
    if (failure !== undefined && !activity.signal.aborted) throw failure;
    return { ...counts, cancelled: failure !== undefined, unsettled };
  }

  /** Walks the section's folders and stages what differs. */
  async #compare(activity: RunningActivity, unsettled: Buffer[]): Promise<void> {
    const { database, clock } = this.#rooms;
    const scan = await database.transaction((tx) => {
      tx.run("DELETE FROM scan_changes WHERE section_id = ?", this.#section.id);
      tx.run("INSERT INTO meta (key, value) VALUES ('scan', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1");
      return Number(tx.get("SELECT value FROM meta WHERE key = 'scan'")?.value);
    });
    for (const location of this.#section.locations) {
      const within = foldersWithin(location, this.#request.folders);
      if (within?.length === 0) continue;
      const diff = await diffLocation(
        {
          database,
          section: this.#section,
          location,
          ...(within === undefined ? {} : { within }),
          force: this.#request.force === true,
          now: () => clock.now(),
          signal: activity.signal,
          onFolder: (path) => this.#tellProgress(activity, nameText(path), undefined),
        },
        scan,
      );
      await this.#tellProblems(diff, location);
      unsettled.push(...diff.unsettled.map((folder) => absolute(location, folder)));
    }
  }

  #tellProgress(activity: RunningActivity, name: string, progress: number | undefined): void {
    const subtitle = name.slice(name.lastIndexOf("/") + 1);
    activity.update({
      subtitle,
      progress: progress ?? 0,
      context: { librarySectionID: String(this.#section.id) },
    });
    const message = `Scanning ${subtitle === "" ? this.#section.name : subtitle}`;
    this.#throttle.offer({
      type: "scan.progressed",
      audience: this.#audience,
      subject: `section:${this.#section.id}`,
      facts: { message },
    });
  }

  /** Each folder or file that cannot be looked at is told once, until it can be again. */
  async #tellProblems({ problems }: Diff, location: Location): Promise<void> {
    const { database, told } = this.#rooms;
    const before = told.get(location.id) ?? new Set();
    const now = new Set(this.#request.folders === undefined ? [] : before);
    const news = problems.filter(({ path, code }) => {
      now.add(`${code} ${path.toString("latin1")}`);
      return !before.has(`${code} ${path.toString("latin1")}`);
    });
    told.set(location.id, now);
    if (news.length === 0) return;
    await database.transaction((tx) => {
      for (const { path, code } of news) this.#tellProblem(tx, absolute(location, path), walkCode(code));
    });
  }

  /** What cannot be read stays listed under what its name tells. */
  #tellProblem(tx: Transaction, path: Buffer, code: ErrorCode): void {
    const { cause, remedy } = errorCatalogue[code];
    const text = nameText(path);
    const name = text.slice(text.lastIndexOf("/") + 1);
    this.#rooms.outbox.append(tx, [this.#status(`${name} cannot be read`, `${code}: ${cause} ${remedy}`)]);
    tx.afterCommit(() => this.#rooms.log.debug({ path: text, code }, cause));
  }

  async #removeMissing(sectionId: number): Promise<{ removed: number; unavailable: number }> {
    const { database, files, clock } = this.#rooms;
    const moved = await this.#movedDevices();
    const verdict: Removal = await judgeRemovals(database, sectionId, {
      force: this.#request.force === true,
      deviceChanged: moved.length > 0,
      now: seconds(clock),
    });
    if (verdict.kind === "refused") {
      if (verdict.news) await this.#announce(unavailableTitle(verdict.items, this.#section.name), unavailableRemedy);
      return { removed: 0, unavailable: verdict.items };
    }
    let removed = 0;
    for (;;) {
      const done = await database.transaction((tx) => {
        const rows = tx.all(
          "SELECT id, file_id FROM scan_changes WHERE section_id = ? AND kind = 'missing' ORDER BY id LIMIT 200",
          sectionId,
        );
        files.remove(
          tx,
          rows.map((row) => Number(row.file_id)),
          seconds(clock),
        );
        for (const row of rows) tx.run("DELETE FROM scan_changes WHERE id = ?", row.id ?? null);
        return rows.length;
      });
      removed += done;
      if (done === 0) break;
    }
    await this.#rememberDevices();
    return { removed, unavailable: 0 };
  }

  /** Locations whose folder lies on another device than at the last scan: a disk is not mounted, or another one is. */
  async #movedDevices(): Promise<Location[]> {
    const devices = await Promise.all(this.#section.locations.map((location) => deviceOf(location.path)));
    return this.#section.locations.filter(
      (location, at) => location.device !== null && location.device !== devices[at],
    );
  }

  async #rememberDevices(): Promise<void> {
    for (const location of this.#section.locations) {
      const device = await deviceOf(location.path);
      if (device === undefined || device === location.device) continue;
      await this.#rooms.database.transaction((tx) => {
        tx.run("UPDATE locations SET device = ? WHERE id = ?", device, location.id);
      });
    }
  }

  async #forgetOld(): Promise<void> {
    const { database, files, clock } = this.#rooms;
    let more = true;
    while (more) more = await database.transaction((tx) => files.forget(tx, seconds(clock)));
  }

  async #announce(title: string, description: string): Promise<void> {
    await this.#rooms.database.transaction((tx) => {
      this.#rooms.outbox.append(tx, [this.#status(title, description)]);
    });
  }

  #status(title: string, description = ""): Parameters<Outbox["append"]>[1][number] {
    return {
      type: "status.announced",
      audience: this.#audience,
      subject: `section:${this.#section.id}`,
      facts: { title, description, notificationName: LIBRARY_UPDATE },
    };
  }

  /** The last two notifications, in one transaction with what they tell of. */
  async #finish(activity: RunningActivity, failure: unknown, anything: boolean): Promise<void> {
    const { database, outbox, clock } = this.#rooms;
    const held = this.#throttle.take("scan.progressed", `section:${this.#section.id}`);
    await database.transaction((tx: Transaction) => {
      if (tx.get("SELECT 1 FROM sections WHERE id = ?", this.#section.id) !== undefined) {
        const now = seconds(clock);
        if (failure === undefined && this.#request.folders === undefined) {
          tx.run("UPDATE sections SET scanned_at = ? WHERE id = ?", now, this.#section.id);
        }
        if (anything) {
          tx.run("UPDATE sections SET updated_at = ?1, content_changed_at = ?1 WHERE id = ?2", now, this.#section.id);
        }
      }
      outbox.append(tx, held);
      activity.end(tx, {
        subtitle: "",
        progress: 100,
        context: { librarySectionID: String(this.#section.id) },
      });
      // Clients wait for exactly this title (Home Assistant, Plex-Auto-Languages), so also after a scan that was cut short.
      outbox.append(tx, [this.#status("Library scan complete")]);
    });
  }
}

/** What the system said of a folder or file, as one of our codes. */
function walkCode(code: string): ErrorCode {
  if (code === "EACCES" || code === "EPERM") return "REELAY_MEDIA_DENIED";
  return code === "ELOOP" ? "REELAY_LINK_LOOP" : "REELAY_MEDIA_UNREADABLE";
}

const unavailableTitle = (items: number, section: string) =>
  `${items === 1 ? "1 item" : `${items} items`} of ${section} cannot be found`;
const unavailableRemedy =
  "Nothing was removed. If a disk is not mounted, mount it and scan again; if they are really gone, scan with force=1.";

/** Which folders of a request lie in this location, relative to it; undefined for all of it. */
function foldersWithin(location: Location, folders: readonly Buffer[] | undefined): Buffer[] | undefined {
  if (folders === undefined) return undefined;
  const root = Buffer.from(location.path);
  const inside = folders.flatMap((folder) => {
    if (folder.equals(root)) return [Buffer.alloc(0)];
    const prefix = root.at(-1) === 0x2f ? root : Buffer.concat([root, Buffer.from("/")]);
    return folder.subarray(0, prefix.length).equals(prefix) ? [folder.subarray(prefix.length)] : [];
  });
  // A folder inside another of the list would be walked twice.
  return inside.filter(
    (folder) =>
      !inside.some(
        (other) =>
          other !== folder &&
          (other.length === 0 || folder.subarray(0, other.length + 1).equals(Buffer.concat([other, Buffer.from("/")]))),
      ),
  );
}

function absolute(location: Location, folder: Buffer): Buffer {
  return folder.length === 0 ? Buffer.from(location.path) : Buffer.concat([Buffer.from(`${location.path}/`), folder]);
}

async function deviceOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).dev;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
