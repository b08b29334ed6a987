import { isIP, type LookupFunction } from "node:net";
import { networkInterfaces } from "node:os";
import { ReelayError } from "../support/index.ts";
import { type AddressClass, classOf } from "./address-class.ts";
import type { Reach } from "./hook.ts";
import { type Resolve, resolveBySystem, sparingly } from "./name-lookup.ts";

/** Ports of well-known services below 1024 and some above: a request there could be taken for another protocol's commands. */
const OTHER_SERVICES = new Set([1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080]);
for (let port = 6665; port <= 6669; port++) OTHER_SERVICES.add(port);

/**
 * Where webhooks may go. The owner's may go to the local network and to this machine (that is where a home's receivers are), other accounts' to
 * public addresses only; link-local, metadata, multicast and unspecified addresses are never asked.
 */
export class AddressPolicy {
  readonly #resolve: Resolve;
  readonly #own: () => readonly string[];

  /** @param own addresses of this machine; they may change */
  constructor(resolve: Resolve = sparingly(resolveBySystem), own: () => readonly string[] = ownAddresses) {
    this.#resolve = resolve;
    this.#own = own;
  }

  /**
   * Checks all that can be told of an address without asking anybody. Names are checked when they are connected to, by {@link lookup}.
   * @throws REELAY_HOOK_URL_REFUSED
   */
  check(url: string, reach: Reach): URL {
    const parsed = URL.parse(url);
    if (parsed === null) throw refused("It is no address such as https://example.org/hook.");
    if (parsed.protocol !== "http:" && parsed.protocol !== "https:") throw refused("It is neither http nor https.");
    if (parsed.username !== "" || parsed.password !== "") {
      throw refused("A user name or password does not belong in it: send it in a header.");
    }
    const host = parsed.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0) this.#requireAllowed(host, reach);
    checkPort(parsed, reach);
    return parsed;
  }

  /**
   * The `lookup` of `net.connect`: names are resolved here, what may not be connected to is left out, and the connection goes to one of what
   * remains. There is no second look-up whose answer could be another. Node looks up nothing for an address: {@link check} is for these.
   */
  lookup(reach: Reach): LookupFunction {
    return (name, options, callback) => {
      void this.#resolve(name).then(
        (found) => {
          const wanted = Number(options.family ?? 0);
          const allowed = found
            .filter(({ address }) => this.#isAllowed(address, reach))
            .filter(({ family }) => wanted === 0 || family === wanted);
          const [first] = allowed;
          if (first === undefined) {
            const addresses = found.map(({ address }) => address);
            callback(this.#notAllowed(`${name} leads`, addresses, reach), "", 0);
          } else if (options.all === true) callback(null, [...allowed]);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, "", 0),
      );
    };
  }

  #requireAllowed(address: string, reach: Reach): void {
    if (!this.#isAllowed(address, reach)) throw this.#notAllowed(`${address} is`, [address], reach);
  }

  #isAllowed(address: string, reach: Reach): boolean {
    const found = this.#classOf(address, reach);
    return found === "public" || (found === "local" && reach === "anywhere");
  }

  /** A machine of the internet has public addresses, and behind them what only the machine itself should reach. */
  #classOf(address: string, reach: Reach): AddressClass {
    return classOf(address, reach === "public" ? this.#own() : []);
  }

  #notAllowed(what: string, addresses: readonly string[], reach: Reach): ReelayError {
    const local = reach === "public" && addresses.some((address) => this.#classOf(address, reach) === "local");
    const why = local ? "in the local network, where only the owner's hooks may go" : "where no hook may go";
    return refused(`${what} ${why}.`);
  }
}

function checkPort({ port }: URL, reach: Reach): void {
  if (port === "0") throw refused("There is no port 0.");
  if (port === "" || reach === "anywhere") return;
  const number = Number(port);
  const usual = number === 80 || number === 443 || (number >= 1024 && !OTHER_SERVICES.has(number));
  if (!usual) throw refused(`Port ${port} is another service's: 80, 443 and most above 1023 are allowed.`);
}

function refused(detail: string): ReelayError {
  return new ReelayError("REELAY_HOOK_URL_REFUSED", detail);
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}
