import { stat } from "node:fs/promises";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { EventLog } from "../events/index.ts";
import { reelayVersion } from "../http/index.ts";
import type { HubStats } from "../streams/index.ts";
import type { AlarmKind, AlarmRaised } from "../support/index.ts";
import type { WebhookStats } from "../webhooks/index.ts";
import type { EventCounts } from "./event-counts.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import type { RequestCounts } from "./request-counts.ts";

export interface MetricSources {
  readonly events: EventCounts;
  readonly requests: RequestCounts;
  readonly log: EventLog;
  readonly streams: () => HubStats;
  readonly alarms: () => readonly AlarmRaised[];
  readonly scanning: () => readonly number[];
  readonly databasePath: string;
  readonly webhooks: () => WebhookStats;
}

const alarmKinds: readonly AlarmKind[] = ["database-corrupted", "storage-unwritable"];

/** Prometheus' metrics of one server. Nothing is measured before they are first asked for; what is counted, always is. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sources: MetricSources;
  #stop: (() => void) | undefined;

  constructor(sources: MetricSources) {
    this.#sources = sources;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    this.#stop ??= this.#start();
    return await this.#registry.metrics();
  }

  close(): void {
    this.#stop?.();
    this.#registry.clear();
  }

  #start(): () => void {
    const { events, requests, log, streams, alarms, scanning, databasePath, webhooks } = this.#sources;
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge(
      "reelay_info",
      "Always 1; the version is the label.",
      (gauge) => gauge.set({ version: reelayVersion }, 1),
      ["version"],
    );
    this.#counter(
      "reelay_events_appended_total",
      "Events appended to the log since the start.",
      ["type"],
      (counter) => {
        for (const [type, count] of events.byType) counter.inc({ type }, count);
      },
    );
    this.#gauge("reelay_log_last_seq", "Number of the newest event.", (gauge) => gauge.set(log.last()));
    this.#counter("reelay_scans_total", "Scans of a section that have ended since the start.", [], (counter) =>
      counter.inc(events.scans),
    );
    this.#gauge("reelay_sections_scanning", "Sections that are being scanned, or wait for it.", (gauge) =>
      gauge.set(scanning().length),
    );
    this.#streams(streams);
    this.#webhooks(webhooks);
    this.#counter(
      "reelay_http_requests_total",
      "Answered requests by the pattern of their route; none: no route answers there.",
      ["method", "route", "status"],
      (counter) => {
        for (const { method, route, status, count } of requests.all) counter.inc({ method, route, status }, count);
      },
    );
    this.#gauge(
      "reelay_database_bytes",
      "Size of the database and of its write-ahead log.",
      async (gauge) => {
        for (const [file, path] of [
          ["main", databasePath],
          ["wal", `${databasePath}-wal`],
        ] as const) {
          gauge.set({ file }, (await stat(path).catch(() => undefined))?.size ?? 0);
        }
      },
      ["file"],
    );
    this.#gauge(
      "reelay_alarm",
      "1 while something is wrong that the log cannot tell.",
      (gauge) => {
        for (const kind of alarmKinds) gauge.set({ kind }, alarms().some((alarm) => alarm.kind === kind) ? 1 : 0);
      },
      ["kind"],
    );
    const delay = new Histogram({
      name: "reelay_event_loop_delay_seconds",
      help: "How late the event loop ran a timer, each 20 ms; from the first time that metrics were read.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [this.#registry],
    });
    return watchLoopDelay((seconds) => delay.observe(seconds));
  }

  #streams(stats: () => HubStats): void {
    this.#gauge(
      "reelay_streams",
      "Open streams.",
      (gauge) => {
        for (const [transport, count] of Object.entries(stats().streams)) gauge.set({ transport }, count);
      },
      ["transport"],
    );
    this.#gauge("reelay_streams_behind", "Streams too slow for what is sent, reading at their own pace.", (gauge) =>
      gauge.set(stats().behind),
    );
    this.#gauge("reelay_streams_queued_bytes", "Bytes that wait for slow clients.", (gauge) =>
      gauge.set(stats().queuedBytes),
    );
    this.#counter("reelay_streams_messages_total", "Messages written to streams since the start.", [], (counter) =>
      counter.inc(stats().delivered.messages),
    );
    this.#counter("reelay_streams_bytes_total", "Bytes of these messages.", [], (counter) =>
      counter.inc(stats().delivered.bytes),
    );
  }

  #webhooks(stats: () => WebhookStats): void {
    this.#gauge("reelay_webhook_deliveries_waiting", "Deliveries that wait to be sent, or sent again.", (gauge) => {
      const { waiting } = stats();
      if (waiting !== null) gauge.set(waiting);
    });
    this.#counter("reelay_webhook_attempts_total", "Requests to hooks since the start.", ["result"], (counter) => {
      for (const [result, count] of Object.entries(stats().attempts)) counter.inc({ result }, count);
    });
    this.#counter("reelay_webhook_expired_total", "Deliveries that became too old since the start.", [], (counter) =>
      counter.inc(stats().expired),
    );
    this.#gauge(
      "reelay_webhook_hooks",
      "Hooks that were sent something since the start: open ones fail and are left alone for a while.",
      (gauge) => {
        for (const [breaker, count] of Object.entries(stats().breakers)) gauge.set({ breaker }, count);
      },
      ["breaker"],
    );
  }

  #gauge(
    name: string,
    help: string,
    read: (gauge: Gauge) => void | Promise<void>,
    labelNames: readonly string[] = [],
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect: () => read(gauge),
    });
  }

  /** Of totals that are kept elsewhere: read anew each time. */
  #counter(name: string, help: string, labelNames: readonly string[], read: (counter: Counter) => void): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        counter.reset();
        read(counter);
      },
    });
  }
}
