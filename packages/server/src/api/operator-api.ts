import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { EventLog } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { Hub } from "../streams/index.ts";
import type { Alarm, Clock, Logger } from "../support/index.ts";
import type { WebhookStats } from "../webhooks/index.ts";
import type { EventCounts } from "./event-counts.ts";
import { HealthCheck } from "./health.ts";
import { healthRoutes } from "./health-routes.ts";
import { History } from "./history.ts";
import { historyRoutes } from "./history-routes.ts";
import type { LogLines } from "./log-lines.ts";
import { logRoutes } from "./log-routes.ts";
import type { Metrics } from "./metrics.ts";
import { metricsRoutes } from "./metrics-routes.ts";
import { RequestCounts } from "./request-counts.ts";

export interface OperatorApiOptions {
  readonly database: Database;
  readonly log: EventLog;
  readonly hub: Hub;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly events: EventCounts;
  readonly lines: LogLines;
  /** Of what clients write; see {@link LogLines}. */
  readonly logger: Logger;
  /** Where people find the server, if it was told. */
  readonly publicUrl?: string | undefined;
  /** Sections that are being scanned, or wait for it. */
  readonly scanning: () => readonly number[];
  readonly webhooks: () => WebhookStats;
}

export interface OperatorApi {
  readonly routes: FastifyPluginAsync;
  /** Counts the requests of the app from now on. */
  watch(app: FastifyInstance): void;
  close(): Promise<void>;
}

/** What operators and the dashboard ask: the history, health, metrics and the log. */
export function openOperatorApi(options: OperatorApiOptions): OperatorApi {
  const { database, log, hub, alarm, clock, events, scanning, lines, logger, publicUrl } = options;
  const requests = new RequestCounts();
  const sources = {
    clock,
    log,
    events,
    requests,
    scanning,
    publicUrl,
    webhooks: options.webhooks,
    streams: () => hub.stats(),
    alarms: () => alarm.active,
    databasePath: database.path,
  };
  let metrics: Promise<Metrics> | undefined;
  // Loaded by whoever asks for them first: most never do, and their library is a large one.
  const loadMetrics = async () => new (await import("./metrics.ts")).Metrics(sources);
  const health = new HealthCheck(sources);
  const history = new History(database, log);
  return {
    async routes(app) {
      await app.register(historyRoutes, { history });
      await app.register(healthRoutes, { health });
      await app.register(metricsRoutes, { metrics: () => (metrics ??= loadMetrics()) });
      await app.register(logRoutes, { lines, log: logger });
    },
    watch: (app) => requests.watch(app),
    async close() {
      (await metrics)?.close();
    },
  };
}
