import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import {
  type Audience,
  type AudienceOf,
  type EventLog,
  formatPosition,
  LocalEventLog,
  type NewMediaEvent,
  Outbox,
  type Rights,
} from "../../events/index.ts";
import { createGate, createHttp, type Gate, type TlsPair, type Viewer } from "../../http/index.ts";
import { Database, shippedMigrations } from "../../storage/index.ts";
import { createLogger, ManualClock } from "../../support/index.ts";
import { Hub, type HubOptions, streamRoutes, streamsAtFirstChunk, streamUpgrades } from "../index.ts";

export const EPOCH = "00000000000000aa";

/** Where events are from unless they say otherwise. */
export const ORIGIN = "0".repeat(40);

/** Tokens that the test server knows, with what they may see. */
export const rightsOf: Readonly<Record<string, Rights>> = {
  owner: { accountId: 1, admin: true, sections: "all" },
  guest: { accountId: 2, admin: false, sections: new Set([1]) },
};

/** A real log on a real file: what is appended is committed before the promise resolves. */
export class TestLog {
  readonly log: LocalEventLog;
  readonly database: Database;
  readonly #outbox: Outbox;
  readonly #folder: string;

  constructor(epoch = EPOCH) {
    this.#folder = mkdtempSync(join(tmpdir(), "reelay-streams-"));
    this.database = Database.open(join(this.#folder, "reelay.db"), {
      migrations: shippedMigrations(),
      log: createLogger("silent"),
    });
    this.log = new LocalEventLog(this.database, epoch);
    this.#outbox = new Outbox({
      clock: new ManualClock(),
      origin: ORIGIN,
      onCommitted: (entries) => this.log.committed(entries),
    });
  }

  async append(events: readonly NewMediaEvent[]): Promise<void> {
    await this.database.transaction((tx) => {
      this.#outbox.append(tx, events);
    });
  }

  /** As retention does it. */
  async removeThrough(seq: number): Promise<void> {
    await this.database.transaction((tx) => {
      tx.run("DELETE FROM events WHERE seq <= ?", seq);
      tx.run("INSERT INTO retained (family, removed_through) VALUES ('library', ?)", seq);
    });
  }

  /** As a restore does it: a former epoch whose history is this one's up to `seq`. */
  async share(epoch: string, seq: number): Promise<void> {
    await this.database.transaction((tx) => {
      tx.run("INSERT INTO epochs (epoch, last_seq) VALUES (?, ?)", epoch, seq);
    });
  }

  async close(): Promise<void> {
    await this.database.close();
    rmSync(this.#folder, { recursive: true });
  }
}

export interface StreamServer extends AsyncDisposable {
  readonly hub: Hub;
  readonly clock: ManualClock;
  readonly port: number;
  /** Requests that came to node:http, upgrades too. */
  readonly requests: () => number;
}

/** The shell of the real server around nothing but streams. */
export async function startStreamServer(
  log: EventLog,
  { tls, ...options }: Partial<HubOptions> & { readonly gate?: Gate; readonly tls?: TlsPair } = {},
): Promise<StreamServer> {
  const clock = new ManualClock();
  const logger = createLogger("silent");
  const gate = options.gate ?? createGate({ authenticate });
  const hub = new Hub({ log, clock, logger, ...options });
  const app: FastifyInstance = createHttp({ gate, log: logger, tls });
  let requests = 0;
  for (const event of ["request", "upgrade"]) app.server.prependListener(event, () => requests++);
  const presented = options.origin;
  const origin = presented === undefined ? {} : { origin: () => presented };
  await app.register(streamRoutes, { hub, ...origin });
  app.server.on("upgrade", streamUpgrades({ hub, gate, clock, logger, ...origin }));
  app.atFirstChunk(streamsAtFirstChunk({ hub, clock, onAnswered: app.tellAnswered, ...origin }));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    hub,
    clock,
    port,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      await hub.close(200);
      await app.close();
    },
  };
}

function authenticate(token: string): Viewer | undefined {
  const rights = rightsOf[token];
  return rights === undefined ? undefined : { ...rights, tokenId: token, tokenName: token };
}

/** An event whose notification is of type `status`, told apart by its title. */
export function status(title: string, audience: Audience = { kind: "section", sectionId: 1 }): NewMediaEvent {
  return {
    type: "status.announced",
    audience,
    subject: "section:1",
    facts: { title, description: "", notificationName: "LIBRARY_UPDATE" },
  };
}

/** An event whose notification is of type `progress`. */
export function progress(
  message: string,
  audience: AudienceOf<"scan.progressed"> = { kind: "section", sectionId: 1 },
): NewMediaEvent {
  return { type: "scan.progressed", audience, subject: `section:${message}`, facts: { message } };
}

export function position(seq: number, epoch = EPOCH): string {
  return formatPosition(epoch, seq);
}
