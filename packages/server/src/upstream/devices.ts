import type { DeviceFacts, Missed, NewMediaEvent } from "../events/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { About } from "./about.ts";
import type { Directory } from "./directory.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import type { KnownLists } from "./store.ts";

export interface UpstreamDevicesOptions {
  readonly origin: string;
  readonly directory: Directory;
  /** Changed here, stored by `store`. */
  readonly lists: KnownLists;
  /** How this server names itself there: it is no news. */
  readonly clientIdentifier: string;
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  readonly store: (work: (tx: Transaction) => void) => void;
}

const NOTHING_SAID = {
  ...{ name: "", platform: "", platformVersion: "", product: "", version: "" },
  ...{ device: "", model: "", vendor: "" },
};

/**
 * Which clients an upstream has seen: each is told once, by its list of devices, its players, or its own webhook, whichever
 * says it first. What its first list holds was there before.
 */
export class UpstreamDevices {
  readonly #options: UpstreamDevicesOptions;

  constructor(options: UpstreamDevicesOptions) {
    this.#options = options;
  }

  /** Asks for the list. @param missed the gap behind which it is asked @throws UpstreamError */
  async look(missed?: Missed): Promise<void> {
    const { directory, lists, store, append } = this.#options;
    const listed = await directory.devices();
    store((tx) => {
      const isFirst = lists.devices !== true;
      lists.devices = true;
      const unseen = listed.filter(({ clientIdentifier }) => this.#remember(tx, clientIdentifier));
      if (isFirst) return;
      append(
        tx,
        unseen.map((device) => this.#appeared({ ...NOTHING_SAID, ...device, ...(missed && { missed }) })),
      );
    });
  }

  /** A player plays. */
  seen(tx: Transaction, { player, account, unknown }: About): void {
    if (player.uuid === "" || unknown.includes("player") || !this.#remember(tx, player.uuid)) return;
    // Before the first list everybody would be new.
    if (this.#options.lists.devices !== true) return;
    const { uuid, title, address: _address, secure: _secure, deviceClass: _class, ...said } = player;
    const { profile: _profile, protocolVersion: _protocol, ...facts } = said;
    const accountId = unknown.includes("account") ? undefined : this.#options.accountOf(account.id);
    this.#options.append(tx, [
      this.#appeared({
        ...{ ...NOTHING_SAID, ...facts, clientIdentifier: uuid, name: title },
        ...(accountId === undefined ? {} : { accountId }),
      }),
    ]);
  }

  /** The upstream's own webhook says that there is a new one. @returns whether it says which */
  takeWebhook({ about: { player, unknown } }: PlexWebhook): boolean {
    if (player.uuid === "") return false;
    const { uuid: clientIdentifier, title: name, local, publicAddress } = player;
    this.#options.store((tx) => {
      if (!this.#remember(tx, clientIdentifier)) return;
      const where = unknown.includes("player") ? {} : { local, publicAddress };
      this.#options.append(tx, [this.#appeared({ ...NOTHING_SAID, clientIdentifier, name, ...where })]);
    });
    return true;
  }

  /** @returns whether it was not known */
  #remember(tx: Transaction, clientIdentifier: string): boolean {
    const { origin, clientIdentifier: own } = this.#options;
    const sql = "INSERT OR IGNORE INTO upstream_devices (origin, client_identifier) VALUES (?, ?)";
    return clientIdentifier !== own && tx.run(sql, origin, clientIdentifier).changes > 0;
  }

  #appeared(facts: DeviceFacts): NewMediaEvent {
    const { origin } = this.#options;
    const subject = `device:${facts.clientIdentifier}`;
    return { type: "device.appeared", origin, audience: { kind: "admins" }, subject, facts };
  }
}
