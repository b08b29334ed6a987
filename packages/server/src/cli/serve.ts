import { once } from "node:events";
import { resolve } from "node:path";
import { type ConfigSources, defaultDataFolder, readSettings } from "../config.ts";
import type { TlsFiles } from "../http/index.ts";
import { startServer } from "../server.ts";
import { createLogger, ReelayError } from "../support/index.ts";
import { lockDataFolder } from "./data-lock.ts";
import { eventLine } from "./describe.ts";
import { requireToken } from "./plex-token.ts";
import { Samples } from "./samples.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";
import type { Terminal } from "./terminal.ts";
import { upstreamOption } from "./upstream-option.ts";
import { makeSomethingHappen, summaryLine, upstreamLine, welcome } from "./welcome.ts";

export interface ServeArguments {
  readonly flags: ConfigSources["flags"];
  readonly configFile?: string | undefined;
  /** Used instead of the XDG folder when no data folder is given: how npm scripts name theirs. */
  readonly defaultData?: string | undefined;
  /** Folder of the sample library. */
  readonly samples?: string | undefined;
  /** Build the dashboard if it is missing or out of date. */
  readonly buildDashboard?: boolean | undefined;
  /** Adds a source of events for benchmarks. */
  readonly benchSource?: boolean | undefined;
}

/** Runs the server until Ctrl-C, telling each event on a line. */
export async function serve(
  {
    flags,
    configFile,
    defaultData,
    samples: samplesFolder,
    buildDashboard = false,
    benchSource = false,
  }: ServeArguments,
  terminal: Terminal,
): Promise<number> {
  const settings = readSettings({ flags, env: terminal.env, file: configFile });
  const usualDataDir = resolve(defaultData ?? defaultDataFolder(terminal.env));
  const dataDir = resolve(settings.data ?? usualDataDir);
  const host = settings.host ?? "127.0.0.1";
  const { publicUrl } = settings;
  const basePath = settings.basePath ?? (publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/$/, ""));
  const tls = tlsFiles(settings.tlsCert, settings.tlsKey);
  if (benchSource && !["127.0.0.1", "::1", "localhost"].includes(host)) {
    throw new ReelayError("REELAY_CONFIG_INVALID", "--bench-source takes effect only on loopback, and without --host.");
  }
  using _lock = await lockDataFolder(dataDir);

  const folders = settings.sections ?? [];
  const samples = folders.length === 0 && samplesFolder !== undefined ? new Samples(samplesFolder, dataDir) : undefined;
  const sections = (samples?.install() ?? folders).map(({ name, type, path }) => ({
    path: resolve(path),
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
  }));
  const upstreams = (settings.plex ?? []).map((one) => upstreamOption(one, dataDir, terminal.env));
  for (const upstream of upstreams) await requireToken(upstream, dataDir, terminal);
  await using server = await startServer({
    dataDir,
    host,
    ...(settings.port === undefined ? {} : { port: settings.port }),
    ...(settings.token === undefined ? {} : { token: settings.token }),
    ...(settings.secretKey === undefined ? {} : { secretKey: settings.secretKey }),
    durability: settings.durability ?? "normal",
    numericIds: settings.numericIds ?? false,
    plainPlex: settings.plainPlex ?? false,
    maxStreams: settings.maxStreams ?? 10_000,
    hostNames: settings.hostNames ?? [],
    trustProxy: settings.trustProxy ?? [],
    basePath,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(tls === undefined ? {} : { tls }),
    sections,
    buildDashboard,
    ...(settings.preferences === undefined ? {} : { preferences: settings.preferences }),
    benchSource,
    upstreams,
    log: createLogger(settings.logLevel ?? "warn"),
    ...(settings.logLevel === undefined ? {} : { logLevel: settings.logLevel }),
  });
  samples?.installed();
  const { url, port, localToken } = server;
  const tellCommands = () =>
    writeServerFile(dataDir, { pid: process.pid, url, port, token: localToken, certificate: server.certificate });
  tellCommands();
  if (tls !== undefined) {
    terminal.onHangup(() => {
      const renewed = server.reloadCertificate();
      if (renewed) tellCommands();
      terminal.print(renewed ? "The TLS certificate was read again." : "The old TLS certificate stays in use.");
    });
  }

  const beside = folders.length > 0 || samples !== undefined ? [] : upstreams.map(({ name, url }) => name ?? url);
  const place = { dataDir, cwd: process.cwd(), beside };
  const byNpm = terminal.env.npm_lifecycle_event !== undefined;
  for (const line of welcome({ server, publicUrl, host, usualDataDir, byNpm, paint: terminal.paint, ...place }))
    terminal.print(line);
  if (settings.quiet !== true)
    server.onNotification((notification, time) => terminal.print(eventLine(notification, new Date(time), terminal)));
  const stopTellingUpstreams = server.onUpstream((status) => terminal.print(upstreamLine(status)));
  const { interrupted } = terminal;
  void server.firstScanDone.then(async () => {
    if (interrupted.aborted) return;
    const summary = await server.summary();
    // Who only listens to other servers is not told that their own library is empty.
    if (beside.length > 0 && summary.films + summary.episodes + summary.tracks === 0) return;
    terminal.print(terminal.paint("bold", summaryLine(summary)));
    if (server.adminToken === undefined) for (const line of makeSomethingHappen(place)) terminal.print(line);
  });

  if (!interrupted.aborted) await once(interrupted, "abort");
  stopTellingUpstreams();
  terminal.onHangup(undefined);
  removeServerFile(dataDir, process.pid);
  await server.close();
  terminal.print("Reelay has stopped.");
  return 0;
}

function tlsFiles(cert: string | undefined, key: string | undefined): TlsFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert: resolve(cert), key: resolve(key) };
  if (cert === undefined && key === undefined) return undefined;
  const [given, missing] = cert === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
  throw new ReelayError("REELAY_CONFIG_INVALID", `${given} takes effect only together with ${missing}.`);
}
