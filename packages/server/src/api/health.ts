import { stat, statfs } from "node:fs/promises";
import { z } from "zod";
import { type EventLog, formatPosition } from "../events/index.ts";
import { reelayVersion } from "../http/index.ts";
import type { HubStats } from "../streams/index.ts";
import type { AlarmRaised, Clock } from "../support/index.ts";
import type { WebhookStats } from "../webhooks/index.ts";

export interface HealthSources {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly streams: () => HubStats;
  /** What is wrong now. */
  readonly alarms: () => readonly AlarmRaised[];
  /** The database file; its disk is the one that must not be full. */
  readonly databasePath: string;
  /** Where people find the server, if it was told. */
  readonly publicUrl?: string | undefined;
  /** Sections that are being scanned, or wait for it. */
  readonly scanning: () => readonly number[];
  readonly webhooks: () => WebhookStats;
}

const bytes = z.int().min(0);

export const healthView = z.object({
  status: z.enum(["ok", "degraded"]),
  version: z.string(),
  publicUrl: z.string().nullable().describe("As it was given at the start; null: it was not."),
  uptime: z.int().describe("Seconds since the start."),
  alarms: z.array(
    z.object({
      kind: z.enum(["database-corrupted", "storage-unwritable"]),
      time: z.int().describe("Since when, epoch milliseconds."),
      detail: z.string(),
    }),
  ),
  position: z.object({ epoch: z.string(), last: z.string().describe("Of the newest event.") }),
  subscribers: z.object({
    sse: z.int(),
    websocket: z.int(),
    lines: z.int().describe("Octet-streams of documents."),
    behind: z.int().describe("Of all: too slow for what is sent, reading at their own pace."),
    queuedBytes: bytes,
  }),
  database: z.object({ bytes, logBytes: bytes.describe("Of the write-ahead log, not yet folded in.") }),
  disk: z.object({ freeBytes: bytes, totalBytes: bytes }).nullable().describe("Of the data folder; null: not known."),
  scanning: z.array(z.int()).describe("Sections."),
  webhooks: z.object({
    waiting: z
      .int()
      .nullable()
      .describe("Deliveries that wait to be sent, or sent again; null: the database cannot be read."),
    failing: z.int().describe("Hooks that fail, and are left alone for a while."),
  }),
});

export type Health = z.output<typeof healthView>;

/** What an operator wants to know first, from memory and the file system: it answers while the database is broken too. */
export class HealthCheck {
  readonly #sources: HealthSources;
  readonly #startedAt: number;

  constructor(sources: HealthSources) {
    this.#sources = sources;
    this.#startedAt = sources.clock.now();
  }

  /** Degraded: something that was told cannot be kept. */
  get status(): Health["status"] {
    return this.#sources.alarms().length === 0 ? "ok" : "degraded";
  }

  async look(): Promise<Health> {
    const { clock, log, streams, alarms, databasePath, scanning, publicUrl = null } = this.#sources;
    const { streams: open, behind, queuedBytes } = streams();
    const [database, logBytes, disk] = await Promise.all([
      sizeOf(databasePath),
      sizeOf(`${databasePath}-wal`),
      statfs(databasePath).catch(() => undefined),
    ]);
    return {
      status: this.status,
      version: reelayVersion,
      publicUrl,
      uptime: Math.max(0, Math.floor((clock.now() - this.#startedAt) / 1_000)),
      alarms: alarms().map(({ kind, time, detail }) => ({ kind, time, detail })),
      position: { epoch: log.epoch, last: formatPosition(log.epoch, log.last()) },
      subscribers: { ...open, behind, queuedBytes },
      database: { bytes: database, logBytes },
      disk: disk === undefined ? null : { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
      scanning: [...scanning()],
      webhooks: this.#webhooks(),
    };
  }

  #webhooks(): Health["webhooks"] {
    const { waiting, breakers } = this.#sources.webhooks();
    return { waiting, failing: breakers.open + breakers["half-open"] };
  }
}

/** 0 for a file that is not there: no write-ahead log is an empty one. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
