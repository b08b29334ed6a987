import { BlockList, isIP, SocketAddress } from "node:net";

/** Where a request comes from. */
export interface Whereabouts {
  /** The caller's address, or the one that a trusted proxy tells; `""` for a connection that is gone. */
  readonly address: string;
  /** On this machine or on a network that counts as its own. */
  readonly local: boolean;
  /** The address as the internet sees it, as far as that is known. */
  readonly publicAddress: string;
}

export interface Caller {
  /** Of the connection. */
  readonly remoteAddress: string | undefined;
  /** The header `X-Forwarded-For`. */
  readonly forwardedFor: string | undefined;
}

/** What a server knows of the networks around it. Lists are made by {@link networks}. */
export interface Surroundings {
  /** From whom alone `X-Forwarded-For` is believed. */
  readonly trustedProxies: BlockList;
  /** Besides loopback. */
  readonly localNetworks: BlockList;
  /** Of the server, as the internet sees it; `""` if it is not known. */
  readonly publicAddress: string;
}

/** Where a caller is. An address that cannot be read is nobody's neighbour. */
export function whereabouts({ remoteAddress, forwardedFor }: Caller, surroundings: Surroundings): Whereabouts {
  const { trustedProxies, localNetworks, publicAddress } = surroundings;
  const direct = plainAddress(remoteAddress ?? "");
  if (direct === undefined) return { address: "", local: false, publicAddress };
  const address = behindProxies(direct, forwardedFor, trustedProxies);
  // A trusted proxy told what is no address: the caller may be anywhere.
  if (address === undefined) return { address: direct, local: false, publicAddress: publicAddress || direct };
  return {
    address,
    local: contains(loopback, address) || contains(localNetworks, address),
    publicAddress: contains(unroutable, address) ? publicAddress || address : address,
  };
}

/**
 * The caller's address where nobody can have made it up; undefined where it is not certain: it came through a proxy that
 * is not trusted, or that does not say for whom it asks.
 * @param forwarded whether any header says that the request was passed on
 */
export function provenAddress(
  { remoteAddress, forwardedFor }: Caller,
  forwarded: boolean,
  trusted: BlockList,
): string | undefined {
  const direct = plainAddress(remoteAddress ?? "");
  if (direct === undefined) return undefined;
  if (!contains(trusted, direct)) return forwarded ? undefined : direct;
  const address = behindProxies(direct, forwardedFor, trusted);
  // A trusted proxy's own: it did not tell, or another one behind it did not.
  return address === undefined || contains(trusted, address) ? undefined : address;
}

/** The rightmost address that is no trusted proxy's: what is left of it anybody could have written. */
function behindProxies(direct: string, forwardedFor: string | undefined, trusted: BlockList): string | undefined {
  const told = (forwardedFor ?? "").split(",").filter((part) => part.trim() !== "");
  let address = direct;
  while (contains(trusted, address)) {
    const next = told.pop();
    if (next === undefined) break;
    const read = plainAddress(withoutPort(next.trim()));
    if (read === undefined) return undefined;
    address = read;
  }
  return address;
}

/** `1.2.3.4:5678` and `[::1]:5678`, as some proxies write them. */
function withoutPort(text: string): string {
  const [, bracketed, v4] = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text) ?? [];
  return bracketed ?? v4 ?? text;
}

/** An address without its zone, an IPv4 one that is mapped into IPv6 as IPv4; undefined for anything else. */
function plainAddress(text: string): string | undefined {
  const [bare = ""] = text.split("%");
  const family = isIP(bare);
  if (family !== 6) return family === 4 ? bare : undefined;
  const { address } = new SocketAddress({ address: bare, family: "ipv6" });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address;
}

/** A list of addresses, `10.0.0.0/8` and `10.0.0.0/255.0.0.0`; what is none of these is left out. */
export function networks(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [bare = "", mask] = text.trim().split("/");
    const [address = ""] = bare.split("%");
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 4 ? "ipv4" : "ipv6";
    const most = family === 4 ? 32 : 128;
    const bits =
      mask === undefined ? most : isIP(mask) === 4 ? bitsOf(mask) : /^\d{1,3}$/.test(mask) ? Number(mask) : -1;
    if (Number.isInteger(bits) && bits >= 0 && bits <= most) list.addSubnet(address, bits, type);
  }
  return list;
}

function bitsOf(netmask: string): number {
  const ones = netmask.split(".").map((part) => Number(part).toString(2).replaceAll("0", "").length);
  return ones.reduce((sum, count) => sum + count, 0);
}

export function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

const loopback = networks(["127.0.0.0/8", "::1"]);

/** What no router of the internet carries (RFC 6890), as far as machines have such addresses. */
const unroutable = networks([
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
  ...["224.0.0.0/3", "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8"],
]);
