import { randomBytes } from "node:crypto";
import type { Server as HttpsServer } from "node:https";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openAccess } from "./access.ts";
import {
  Accounts,
  accountRoutes,
  createLocator,
  Devices,
  deviceRoutes,
  OWNER_ID,
  plexAccountRoutes,
  signInLink,
  signInRoutes,
  tokenRoutes,
} from "./accounts/index.ts";
import { Activities, activityRoutes } from "./activities/index.ts";
import { importAlarms, tellAlarms, watchStorage } from "./alarms.ts";
import { EventCounts, LogLines, openOperatorApi, publicUrl, Reachability, tappedLogger } from "./api/index.ts";
import { benchRoutes } from "./bench-source.ts";
import { Butler, butlerRoutes, checkInBackground, standardTasks } from "./butler/index.ts";
import { endInOrder, type Step } from "./ending.ts";
import { LocalEventLog, type LogEntry, Outbox, PositionMark, Retention, toNotification } from "./events/index.ts";
import { addSections } from "./given-sections.ts";
import { hookRecipient } from "./hook-recipient.ts";
import { createHttp, innerLevel, listen, pinnedFetch, readTlsPair, reelayVersion } from "./http/index.ts";
import { COMPATIBLE_VERSION, identityRoutes, openIdentity } from "./identity/index.ts";
import {
  Library,
  LibraryQueries,
  metadataRoutes,
  partRoutes,
  pictureRoutes,
  pictureTypeOf,
  sampleItem,
  sectionRoutes,
} from "./library/index.ts";
import { openPlayback } from "./playback/index.ts";
import { retentionLimits, scanning } from "./preference-values.ts";
import { Preferences, preferenceRoutes } from "./preferences/index.ts";
import type { RunningServer, ServerOptions } from "./server-options.ts";
import { Database, shippedMigrations } from "./storage/index.ts";
import { Hub, streamRoutes, streamsAtFirstChunk, streamUpgrades } from "./streams/index.ts";
import { Alarm, SecretBox, systemClock } from "./support/index.ts";
import { Links, type UpstreamStatus, Upstreams, upstreamRoutes } from "./upstream/index.ts";
import { PageBuild, PageFiles, webRoutes } from "./web/index.ts";
import { AddressPolicy, Hooks, hookRoutes, openWebhooks, plexHookRoutes } from "./webhooks/index.ts";

/** How often the mark beside the database is brought up to date. */
const MARK_MS = 1_000;
/** Where the dashboard is, if it is there: it signs in by the code behind its `#`. */
const PAGE_PATH = "/web";

/** The page at `/web` as it was built, and what builds it: both beside this package. */
const DASHBOARD = fileURLToPath(new URL("../../dashboard/dist", import.meta.url));
const BUILD_SCRIPT = fileURLToPath(new URL("../../dashboard/build.ts", import.meta.url));

/**
 * The composition root: the one place where rooms are wired together. What is opened is closed in the opposite order,
 * also when a later step of the start fails.
 * @throws REELAY_DATABASE_NEWER, REELAY_DATABASE_UNREADABLE, REELAY_PORT_IN_USE, REELAY_SECTION_UNREADABLE …
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir, clock = systemClock, basePath = "" } = options;
  let tls = options.tls && readTlsPair(options.tls);
  await using opened = new AsyncDisposableStack();

  const lines = new LogLines(clock);
  const log = tappedLogger(options.log, (line) => lines.add(line));

  const alarm = new Alarm({ file: join(dataDir, "alarms.jsonl"), clock, log });
  const database = opened.use(
    Database.open(join(dataDir, "reelay.db"), {
      migrations: shippedMigrations(),
      durability: options.durability,
      log,
      onTrouble: (trouble, error) =>
        alarm.raise(trouble === "damaged" ? "database-corrupted" : "storage-unwritable", error.message),
      onRecovered: () => alarm.clear("storage-unwritable"),
    }),
  );
  const identity = await openIdentity(database);
  const mark = await PositionMark.open(database, join(dataDir, "position.mark"));
  if (mark.renewed !== undefined) log.warn({ reason: mark.renewed }, "the event log begins a new epoch");
  const eventLog = new LocalEventLog(database, mark.epoch);
  const eventCounts = new EventCounts();
  const outbox = new Outbox({
    clock,
    origin: identity.machineIdentifier,
    onAppended: (entries) => eventLog.appended(entries),
    onCommitted(entries) {
      eventLog.committed(entries);
      eventCounts.observe(entries);
    },
  });
  opened.defer(clock.every(MARK_MS, () => mark.write(eventLog.last())));
  const preferences = await Preferences.open(
    database,
    outbox,
    options.preferences,
    options.logLevel && { LogLevel: options.logLevel },
  );
  if (preferences.isSet("LogLevel")) options.log.level = preferences.get("LogLevel");
  const retention = opened.use(new Retention({ database, clock, log, limits: retentionLimits(preferences) }));
  preferences.onChange(["EventRetentionDays", "EventRetentionRows"], () =>
    retention.setLimits(retentionLimits(preferences)),
  );
  retention.start();

  const links = new Links(database);
  const accounts = await Accounts.open({ database, outbox, clock, log, upstreamsOf: (id) => links.sectionsOf(id) });
  opened.defer(accounts.onRemoved((id) => links.forgetAccount(id)));
  const { tokens } = accounts;
  const adminToken =
    options.token === undefined && !tokens.list(OWNER_ID).some(({ kind }) => kind === "token")
      ? (await tokens.create(OWNER_ID, "admin, made at the first start")).token
      : undefined;
  if (options.token !== undefined) tokens.accept(options.token, OWNER_ID, "from the settings");
  const localToken = randomBytes(32).toString("base64url");
  tokens.accept(localToken, OWNER_ID, "local, of this start");
  const locate = createLocator({
    clock,
    trustProxy: options.trustProxy ?? [],
    lanNetworks: () => preferences.get("LanNetworksBandwidth"),
    publicAddress: () => preferences.get("PublicAddress"),
    interfaces: ownNetworks,
  });
  const secrets = new SecretBox({ file: join(dataDir, "secret.key"), key: options.secretKey });
  const policy = new AddressPolicy();
  const isOwner = (accountId: number) => accountId === OWNER_ID;
  const hooks = new Hooks({ database, outbox, clock, log, secrets, policy, isOwner });
  opened.defer(accounts.onRemoved((id) => hooks.forgetAccount(id)));
  const devices = new Devices({ database, outbox, clock, log, locate });
  const scheme = tls === undefined ? "http" : "https";
  const { machineIdentifier } = identity;
  const access = openAccess({
    accounts,
    devices,
    preferences,
    clock,
    locate,
    machineIdentifier,
    scheme,
    settings: options,
  });
  const { gate, signIn } = access;

  const activities = new Activities({ database, outbox, clock, log });
  await activities.endInterrupted();
  const library = opened.use(
    new Library({ database, outbox, activities, clock, log, dataDir, ...scanning(preferences) }),
  );
  preferences.onChange(["ScheduledLibraryUpdatesEnabled", "ScheduledLibraryUpdateInterval"], () =>
    library.setRescans(scanning(preferences).rescanMs),
  );
  preferences.onChange(["FSEventLibraryUpdatesEnabled"], () => void library.setWatching(scanning(preferences).watch));
  const queries = new LibraryQueries(database);
  const playback = await openPlayback({
    database,
    outbox,
    clock,
    log,
    preferences,
    queries,
    locate: ({ raw }) => locate(raw),
    accountOf(id) {
      const account = accounts.list().find((one) => one.id === id);
      return account && { ...accounts.rightsOf(id), name: account.name, thumb: account.avatar };
    },
  });
  opened.defer(library.onReady((tx, row) => playback.itemReady(tx, row)));
  await addSections(library, options.sections);

  const upstreamListeners = new Set<(status: UpstreamStatus) => void>();
  const upstreams = opened.use(
    new Upstreams({
      ...{ database, outbox, clock, log, machineIdentifier: identity.machineIdentifier },
      ownerId: OWNER_ID,
      links,
      onRights: (accountId) => accounts.renewRights(accountId),
      onState(status) {
        for (const listener of upstreamListeners) listener(status);
      },
      async keepPicture(bytes) {
        const kept = await library.artwork.put(bytes);
        return "error" in kept ? undefined : kept.hash;
      },
      upstreams: options.upstreams ?? [],
    }),
  );
  const hasOwnLibrary = () => !library.sections.isEmpty();

  const hub = new Hub({
    log: eventLog,
    clock,
    // Not the one that tells its lines on streams.
    logger: options.log,
    maxStreams: options.maxStreams,
    numericIds: options.numericIds,
    plain: options.plainPlex ?? false,
    origin: identity.machineIdentifier,
    current: access.current,
  });
  opened.defer(() => hub.close());
  opened.defer(lines.onLine((entry) => hub.announce({ type: "log", entry }, { kind: "admins" })));
  opened.defer(access.onEnded((isEnded) => hub.closeTokens(isEnded)));
  opened.defer(accounts.onRights((accountId, rights) => hub.regroup(accountId, rights)));

  const friendlyName = () => preferences.get("FriendlyName") || identity.machineName;
  const webhooks = opened.use(
    await openWebhooks({
      ...{ database, outbox, log: eventLog, clock, logger: log, hooks, policy, isOwner },
      agents: { plex: `PlexMediaServer/${COMPATIBLE_VERSION}`, own: `Reelay/${reelayVersion}` },
      inThread: options.clock === undefined,
      thumb: (snapshot) => library.thumb(snapshot),
      server: () => ({ title: friendlyName(), uuid: identity.machineIdentifier }),
      upstream: (origin) =>
        origin === identity.machineIdentifier ? undefined : { title: upstreams.nameOf(origin) ?? origin, uuid: origin },
      switches: () => ({
        webhooks: preferences.get("WebHooksEnabled"),
        pushNotifications: preferences.get("PushNotificationsEnabled"),
      }),
      recipient: (accountId) => hookRecipient(accounts, accountId),
      sampleItem: (accountId, ratingKey) => sampleItem(database.read, accounts.rightsOf(accountId), ratingKey),
    }),
  );
  alarm.onRaised((raised) => {
    if (raised.kind === "database-corrupted") webhooks.corrupted(raised);
  });

  tellAlarms({ alarm, hub, database, outbox });
  await importAlarms(alarm.file, { database, outbox });
  opened.defer(watchStorage({ alarm, clock, folder: dataDir }));

  const butler = new Butler({
    database,
    activities,
    clock,
    log,
    tasks: standardTasks({ database, outbox, library, retention, preferences, clock, dataDir }),
    hours: () => ({
      start: preferences.get("ButlerStartHour"),
      end: preferences.get("ButlerEndHour"),
      zone: preferences.get("ButlerTimeZone"),
    }),
  });

  const app = createHttp({ gate, log, clock, tls, basePath });
  opened.defer(() => app.close());
  preferences.onChange(["LogLevel"], () => {
    options.log.level = preferences.get("LogLevel");
    app.log.level = innerLevel(options.log);
  });
  // Where there is no library of its own, the one server that is beside it.
  app.addHook("preHandler", async (request, reply) => {
    if (!hasOwnLibrary()) return upstreams.presentOnly(request, reply);
  });
  const operatorApi = openOperatorApi({
    database,
    log: eventLog,
    hub,
    alarm,
    clock,
    events: eventCounts,
    lines,
    logger: options.log,
    publicUrl: options.publicUrl,
    scanning: () => sectionIds().filter((id) => library.isScanning(id)),
    webhooks: () => webhooks.stats(),
  });
  opened.defer(() => operatorApi.close());
  operatorApi.watch(app);
  const sectionsUpdatedAt = () => Math.max(0, ...library.sections.list().map((section) => section.updatedAt));
  await app.register(identityRoutes, { identity, friendlyName, updatedAt: sectionsUpdatedAt });
  await app.register(preferenceRoutes, { preferences });
  const sectionIds = () => library.sections.list().map(({ id }) => id);
  await app.register(accountRoutes, { accounts, sectionIds, pictureTypeOf });
  await app.register(tokenRoutes, { accounts });
  let ownUrl = "";
  const signInPage = () =>
    app.hasRoute({ method: "GET", url: PAGE_PATH }) ? `${options.publicUrl ?? ownUrl}${PAGE_PATH}` : undefined;
  await app.register(signInRoutes, { accounts, signIn, page: signInPage });
  await app.register(plexAccountRoutes, { accounts, devices });
  await app.register(deviceRoutes, { devices });
  await app.register(hookRoutes, { hooks, clock });
  await app.register(plexHookRoutes, { hooks });
  await app.register(webhooks.routes);
  await app.register(activityRoutes, { activities });
  await app.register(sectionRoutes, { library, queries });
  await app.register(metadataRoutes, { library, queries });
  await app.register(pictureRoutes, { library, queries });
  await app.register(partRoutes, { database });
  await app.register(playback.routes);
  await app.register(butlerRoutes, { butler });
  await app.register(operatorApi.routes);
  await app.register(upstreamRoutes, { upstreams });
  const presented = () => (hasOwnLibrary() ? undefined : upstreams.onlyOrigin) ?? identity.machineIdentifier;
  await app.register(streamRoutes, { hub, origin: presented });
  app.server.on("upgrade", streamUpgrades({ hub, gate, clock, logger: options.log, origin: presented, basePath }));
  app.atFirstChunk(streamsAtFirstChunk({ hub, clock, origin: presented, onAnswered: app.tellAnswered }));
  const pageBuild = options.buildDashboard ? opened.use(new PageBuild({ script: BUILD_SCRIPT, log })) : undefined;
  await app.register(webRoutes, { files: new PageFiles(DASHBOARD), building: () => pageBuild?.running ?? false });
  if (options.benchSource) await app.register(benchRoutes, { database, outbox });
  const { port, notes, ...reached } = await listen(app, { host: options.host, port: options.port, scheme });
  const url = `${reached.url}${basePath}`;
  ownUrl = url;

  const reachability = new Reachability({
    database,
    outbox,
    clock,
    log,
    // Only this very certificate is this very server, whatever name it is for.
    fetch: (url, init) => (tls === undefined ? fetch(url, init) : pinnedFetch(tls.certificate)(url, init)),
    machineIdentifier: identity.machineIdentifier,
    url() {
      const address = preferences.get("PublicAddress");
      return address === "" ? undefined : `${publicUrl(address, port, scheme)}${basePath}`;
    },
  });
  opened.defer(preferences.onChange(["PublicAddress"], () => void reachability.look()));
  reachability.start();
  await upstreams.listen({ host: options.host, hub, gate, tls });
  upstreams.start();
  butler.start();
  // Damage that a start does not stumble over is looked for at once, without being told as work, and then daily.
  opened.defer(checkInBackground(database, log));
  let newItems = 0;
  const firstScanDone = library.start().then((results) => {
    newItems = results.reduce((sum, result) => sum + result.added, 0);
  });
  const stopped = new AbortController();
  const rest = opened.move();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      stopped.abort();
      const steps: readonly Step[] = [
        ["butler", () => butler.close()],
        ["reachability", () => reachability.close()],
        // Scans before streams: what they still tell reaches them.
        ["upstreams", () => upstreams.close()],
        ["library", () => library.close()],
        ["streams", () => hub.close()],
        ["first scan", () => firstScanDone],
        ["playback", () => playback[Symbol.asyncDispose]()],
        ["webhooks", () => webhooks.close()],
        ["retention", () => retention.close()],
        ["database", () => database.close()],
        ["mark", () => void mark.write(eventLog.last(), true)],
        ["the rest", () => rest.disposeAsync()],
      ];
      await endInOrder(steps, log);
    })();
    return closing;
  };

  return {
    url,
    port,
    portNotes: notes,
    get certificate() {
      return tls?.certificate;
    },
    reloadCertificate() {
      if (options.tls === undefined) return false;
      try {
        const pair = readTlsPair(options.tls);
        // Connections that are open keep theirs.
        (app.server as unknown as HttpsServer).setSecureContext({ cert: pair.cert, key: pair.key });
        tls = pair;
        return true;
      } catch (error) {
        log.error({ err: error }, "the new TLS certificate cannot be used; the old one stays");
        return false;
      }
    },
    ...(adminToken === undefined ? {} : { adminToken }),
    localToken,
    get allowedNetworks() {
      return preferences.get("allowedNetworks");
    },
    signInLink() {
      const page = signInPage();
      return page === undefined ? undefined : signInLink(page, signIn.makeCode(OWNER_ID));
    },
    async summary() {
      const counts = queries.counts();
      return { films: counts.movie ?? 0, episodes: counts.episode ?? 0, tracks: counts.track ?? 0, newItems };
    },
    firstScanDone,
    onNotification(listener) {
      const done = new AbortController();
      const signal = AbortSignal.any([done.signal, stopped.signal]);
      const tell = ({ event }: LogEntry) => {
        const notification = toNotification(event);
        if (notification !== undefined) listener(notification, event.time);
      };
      void (async () => {
        for await (const entries of eventLog.follow(eventLog.last(), signal)) for (const entry of entries) tell(entry);
      })();
      return () => done.abort();
    },
    onUpstream(listener) {
      for (const status of upstreams.list()) {
        if (status.state !== "connecting" || status.reason !== undefined) listener(status);
      }
      upstreamListeners.add(listener);
      return () => void upstreamListeners.delete(listener);
    },
    async tell(events) {
      await database.transaction((tx) => void outbox.append(tx, events));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The networks that this machine is on, as addresses with their prefix. */
function ownNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.flatMap(({ cidr }) => cidr ?? []));
}
