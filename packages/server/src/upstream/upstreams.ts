import type { Outbox } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import type { UpstreamOption } from "./option.ts";
import { Upstream, type UpstreamStatus } from "./upstream.ts";

export interface UpstreamsOptions {
  readonly upstreams: readonly UpstreamOption[];
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  /** The account of this server's owner. */
  readonly ownerId: number;
  /** This server's machine identifier. */
  readonly machineIdentifier: string;
}

/** All other servers whose events are told here. */
export class Upstreams implements AsyncDisposable {
  readonly #upstreams: readonly Upstream[];

  constructor({ upstreams, machineIdentifier, ownerId, ...options }: UpstreamsOptions) {
    const clientIdentifier = `reelay-${machineIdentifier}`;
    // Whoever owns an upstream's token is account 1 there.
    const accountOf = (_origin: string, account: number) => (account === 1 ? ownerId : undefined);
    const shared = { ...options, accountOf };
    this.#upstreams = upstreams.map((option) => new Upstream({ option, clientIdentifier, ...shared }));
  }

  /** Machine identifier of the only one there is; undefined if there are more or none, or it was never reached. */
  get onlyOrigin(): string | undefined {
    const [only, ...others] = this.#upstreams;
    return others.length === 0 ? only?.status.machineIdentifier : undefined;
  }

  list(): UpstreamStatus[] {
    return this.#upstreams.map(({ status }) => status);
  }

  start(): void {
    for (const upstream of this.#upstreams) upstream.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#upstreams.map((upstream) => upstream.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
