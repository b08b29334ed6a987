import ipaddr from "ipaddr.js";

/** `public`: of the internet. `local`: the own network or machine. `never`: no webhook goes there, whoever asks. */
export type AddressClass = "public" | "local" | "never";

/** Where clouds tell a machine its own credentials, outside of the link-local range (which is `never` as a whole). */
const METADATA_SERVICES = ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"];

const CLASSES: Readonly<Record<string, AddressClass>> = {
  unicast: "public",
  as112: "public",
  as112v6: "public",
  amt: "public",
  private: "local",
  loopback: "local",
  uniqueLocal: "local",
  // Also what overlay networks such as Tailscale give to the machines at home.
  carrierGradeNat: "local",
};

/**
 * Of an IPv4 or IPv6 address in any usual spelling; what is none is `never`.
 * @param own addresses of this machine: `local`, also where the internet could reach them
 */
export function classOf(address: string, own: readonly string[] = []): AddressClass {
  const found = read(address);
  if (found === undefined) return "never";
  const kind = classify(found);
  const inside = (embedded(found) ?? found).toString();
  return kind === "public" && own.some((one) => read(one)?.toString() === inside) ? "local" : kind;
}

function read(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = plain(address.replace(/%.*$/, ""));
  return ipaddr.isValid(text) ? ipaddr.parse(text) : undefined;
}

/** IPv6 in hex only: ipaddr.js takes `::1.2.3.4`, as systems write the old compatible form, for the mapped `::ffff:1.2.3.4`. */
function plain(address: string): string {
  if (!address.includes(":")) return address;
  return URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? "";
}

function classify(address: ipaddr.IPv4 | ipaddr.IPv6): AddressClass {
  const inside = embedded(address);
  if (inside !== undefined) return classify(inside);
  if (METADATA_SERVICES.includes(address.toString())) return "never";
  if (address instanceof ipaddr.IPv6 && address.range() === "unicast" && !isGlobal(address)) return "never";
  // All that nobody has thought of is not gone to: reserved, multicast, broadcast, link-local, unspecified …
  return CLASSES[address.range()] ?? "never";
}

/** In 2000::/3, the only part of IPv6 that addresses of the internet are given from. */
function isGlobal(address: ipaddr.IPv6): boolean {
  return ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** The IPv4 address that packets to this IPv6 address end at: mapped, translated (NAT64) and 6to4 ones. */
function embedded(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined;
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === "ipv4Mapped" || range === "rfc6145") return new ipaddr.IPv4(bytes.slice(12));
  // Of NAT64 the well-known prefix; where a local one puts the address, only its network knows.
  if (range === "rfc6052" && bytes[4] === 0 && bytes[5] === 0) return new ipaddr.IPv4(bytes.slice(12));
  if (range === "6to4") return new ipaddr.IPv4(bytes.slice(2, 6));
  return undefined;
}
