import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";

/** What the load client counted since its last reset; times in nanoseconds of the monotonic clock. */
export interface ClientReport {
  readonly open: number;
  readonly reading: number;
  readonly refused: number;
  readonly closed: number;
  readonly deliveries: number;
  readonly bytes: number;
  /** Messages that were malformed, missing or out of order. */
  readonly errors: number;
  /** Events of the connection that got the fewest, the most. */
  readonly least: number;
  readonly most: number;
  readonly first: number;
  readonly last: number;
  /** Of each delivery, from when its event was due. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Of each event, from when it was due to the last connection that got it. */
  readonly lastP50: number;
  readonly lastP99: number;
}

export type ClientMode = "sse" | "ws" | "socketio";

/** Many subscribers in one process of their own. */
export class Client implements AsyncDisposable {
  readonly connections: number;
  readonly #child: Child;

  private constructor(child: Child, connections: number) {
    this.#child = child;
    this.connections = connections;
  }

  /** @param targets request targets with, behind a tab, header lines joined by `|`; connections take them in turns */
  static start(
    work: string,
    { port, mode, targets }: { readonly port: number; readonly mode: ClientMode; readonly targets: readonly string[] },
    connections: number,
  ): Client {
    const file = join(work, "requests");
    writeFileSync(file, `${targets.join("\n")}\n`, { mode: 0o600 });
    const args = [String(port), mode, String(connections), file];
    return new Client(new Child("client", join(work, "client"), args), connections);
  }

  /** @returns nanoseconds until each connection had its stream's head */
  async connect(resume = false): Promise<number> {
    const { open, ns } = await this.#child.ask<{ open: number; ns: number }>(resume ? "connect resume" : "connect");
    if (open !== this.connections) throw new Error(`${open} of ${this.connections} connections were opened`);
    return ns;
  }

  drop(): Promise<unknown> {
    return this.#child.ask("drop");
  }

  reset(): Promise<unknown> {
    return this.#child.ask("reset");
  }

  stall(index: number): void {
    this.#child.say(`stall ${index}`);
  }

  go(index: number): void {
    this.#child.say(`go ${index}`);
  }

  report(): Promise<ClientReport> {
    return this.#child.ask("report");
  }

  /** Waits until every connection that reads has this many events. @throws when it does not, or when something was wrong */
  async received(events: number, seconds = 60): Promise<ClientReport> {
    const report = await this.#child.ask<ClientReport>(`wait ${events} ${seconds * 1_000}`);
    const { errors, least, most, closed } = report;
    if (errors > 0 || closed > 0 || least !== events || most !== events) {
      throw new Error(
        `incomplete: of ${events} events at least ${least}, at most ${most}; ${errors} wrong, ${closed} closed`,
      );
    }
    return report;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
