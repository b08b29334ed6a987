import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Outbox } from "../events/index.ts";
import { pathOf } from "../http/index.ts";
import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, newToken, ReelayError } from "../support/index.ts";
import type { Link, Links } from "./links.ts";
import type { UpstreamOption } from "./option.ts";
import { PassThrough } from "./pass-through.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { openPort, type PortOptions } from "./port.ts";
import { isShown } from "./rest-paths.ts";
import { Upstream, type UpstreamStatus } from "./upstream.ts";

export interface UpstreamsOptions {
  readonly upstreams: readonly UpstreamOption[];
  readonly links: Links;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  /** The account of this server's owner. */
  readonly ownerId: number;
  /** This server's machine identifier. */
  readonly machineIdentifier: string;
  /** One is connected, or not, or for another reason than before. */
  readonly onState: (status: UpstreamStatus) => void;
  /** Keeps a picture of an upstream's item. @returns the hash of its content; undefined if it is none */
  readonly keepPicture: (bytes: Uint8Array) => Promise<string | undefined>;
  /** An account may see other things than before. @throws REELAY_NOT_FOUND for one that does not exist */
  readonly onRights: (accountId: number) => void;
}

export interface ListedUpstream extends UpstreamStatus {
  /** On which it is presented as itself. */
  readonly port?: number;
}

/** All other servers whose events are told here. */
export class Upstreams implements AsyncDisposable {
  readonly links: Links;
  readonly #options: UpstreamsOptions;
  readonly #upstreams: readonly Upstream[];
  readonly #ports = new Map<Upstream, { readonly app: FastifyInstance; readonly port: number }>();

  constructor(options: UpstreamsOptions) {
    const { upstreams, machineIdentifier, ownerId, links, onRights: _, ...shared } = options;
    const clientIdentifier = `reelay-${machineIdentifier}`;
    // Whoever owns a server is account 1 there; another link goes before that.
    const accountOf = (origin: string, account: number) =>
      links.accountOf(origin, account) ?? (account === 1 ? ownerId : undefined);
    this.#options = options;
    this.links = links;
    this.#upstreams = upstreams.map((option) => new Upstream({ ...shared, option, clientIdentifier, accountOf }));
  }

  /** Machine identifier of the only one there is; undefined if there are more or none, or it was never reached. */
  get onlyOrigin(): string | undefined {
    const [only, ...others] = this.#upstreams;
    return others.length === 0 ? only?.status.machineIdentifier : undefined;
  }

  list(): ListedUpstream[] {
    return this.#upstreams.map((upstream) => {
      const open = this.#ports.get(upstream);
      return { ...upstream.status, ...(open === undefined ? {} : { port: open.port }) };
    });
  }

  /** How an upstream calls itself here. @param origin its machine identifier */
  nameOf(origin: string): string | undefined {
    return this.#upstreams.find(({ status }) => status.machineIdentifier === origin)?.title;
  }

  /** Who may send webhooks here: in the address that is entered at plex.tv. Made when it is first asked for. */
  async webhookSecret(): Promise<string> {
    return this.#options.database.transaction((tx) => {
      tx.run("INSERT OR IGNORE INTO meta (key, value) VALUES ('plex_webhook_secret', ?)", newToken());
      return String(tx.get("SELECT value FROM meta WHERE key = 'plex_webhook_secret'")?.value);
    });
  }

  /** What a Plex server's own webhook says. @throws REELAY_NOT_FOUND for a server that is not listened to */
  async takeWebhook(webhook: PlexWebhook): Promise<void> {
    const upstream = this.#upstreams.find(({ status }) => status.machineIdentifier === webhook.server);
    if (upstream === undefined) throw new ReelayError("REELAY_NOT_FOUND", "That server is none of those listened to.");
    await upstream.takeWebhook(webhook);
  }

  start(): void {
    for (const upstream of this.#upstreams) upstream.start();
  }

  /** Presents those that have a port of their own on it. @throws REELAY_PORT_IN_USE, REELAY_CONFIG_INVALID */
  async listen(options: Omit<PortOptions, "clock" | "log">): Promise<void> {
    const { clock, log } = this.#options;
    for (const upstream of this.#upstreams) {
      const { listen } = upstream.option;
      if (listen !== undefined) this.#ports.set(upstream, await openPort(upstream, listen, { ...options, clock, log }));
    }
  }

  /** Shows the only upstream's REST in the place of an own one, where the request is for something that it shows. */
  presentOnly(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined {
    const [only] = this.#upstreams;
    const path = pathOf(request.raw.url ?? "/");
    if (only === undefined || this.onlyOrigin === undefined || request.method !== "GET" || !isShown(path))
      return undefined;
    return new PassThrough(only.client, () => this.onlyOrigin).answer(request, reply);
  }

  async link(origin: string, link: Link): Promise<void> {
    this.#options.onRights(link.accountId);
    await this.links.set(origin, link);
    this.#options.onRights(link.accountId);
  }

  async unlink(origin: string, accountId: number): Promise<void> {
    await this.links.remove(origin, accountId);
    this.#options.onRights(accountId);
  }

  async close(): Promise<void> {
    await Promise.all(this.#upstreams.map((upstream) => upstream.close()));
  }

  /** Ends its ports; streams on them have been ended before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await Promise.all([...this.#ports.values()].map(({ app }) => app.close()));
  }
}
