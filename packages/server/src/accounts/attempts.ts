import { isIPv6, SocketAddress } from "node:net";
import { type Clock, ReelayError } from "../support/index.ts";

/** Failures of one address within {@link WINDOW_MS} before it has to wait. */
const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered: those whose window began first go when there are more. */
const MOST_ADDRESSES = 10_000;

interface Window {
  readonly until: number;
  failures: number;
}

/** Counts what failed, per address: whoever guesses has to wait, whoever is right in time never does. */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws REELAY_TOO_MANY_ATTEMPTS with the seconds until it may be tried again */
  requireRoom(address: string): void {
    const window = this.#windowOf(neighbourhood(address));
    if (window === undefined || window.failures < MOST_FAILURES) return;
    const seconds = Math.max(1, Math.ceil((window.until - this.#clock.now()) / 1_000));
    throw new ReelayError("REELAY_TOO_MANY_ATTEMPTS", undefined, { headers: { "retry-after": String(seconds) } });
  }

  failed(address: string): void {
    const key = neighbourhood(address);
    const window = this.#windowOf(key);
    if (window !== undefined) {
      window.failures++;
      return;
    }
    this.#windows.delete(key);
    this.#windows.set(key, { until: this.#clock.now() + WINDOW_MS, failures: 1 });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MOST_ADDRESSES && oldest !== undefined) this.#windows.delete(oldest);
  }

  #windowOf(key: string): Window | undefined {
    const window = this.#windows.get(key);
    const now = this.#clock.now();
    // One that ends later than any could: the clock was set back.
    return window === undefined || window.until <= now || window.until > now + WINDOW_MS ? undefined : window;
  }
}

/** An IPv6 address stands for its /64, since whoever has one has all of them. */
function neighbourhood(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = new SocketAddress({ address, family: "ipv6" }).address.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(Math.max(0, zeros)).fill("0"), ...right].slice(0, 4).join(":");
}
