import { isIP } from "node:net";
import { hostname } from "node:os";

/** The names under which this machine is known on its own network: `nas`, `nas.home`, `nas.local`. */
export function machineNames(full: string = hostname()): readonly string[] {
  const name = full.toLowerCase();
  const [label = name] = name.split(".");
  return [...new Set([name, label, `${label}.local`])];
}

/**
 * Whether a Host header means this server: an address, `localhost`, or one of `names` (lower case). A page of a foreign
 * name that was made to point here (DNS rebinding) sends its own name and is told apart by that.
 */
export function isOwnHost(header: string, names: ReadonlySet<string>): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:\s/@]+))(?::\d{1,5})?$/.exec(header.trim()) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (plain === undefined) return false;
  const name = plain.toLowerCase().replace(/\.$/, "");
  return isIP(name) === 4 || name === "localhost" || names.has(name);
}
