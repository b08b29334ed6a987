import { existsSync } from "node:fs";
import { installFromDebian, isThere } from "../../scripts/debian-packages.ts";

/** nginx's module for Debian's package of it. */
export const NCHAN_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/** What the suite runs: programs and files with the Debian packages that have them. */
const needed: readonly { readonly there: () => boolean; readonly packages: readonly string[] }[] = [
  { there: () => isThere("gcc") && existsSync("/usr/include/stdio.h"), packages: ["gcc", "libc6-dev"] },
  { there: () => isThere("taskset") && isThere("setpriv"), packages: ["util-linux"] },
  { there: () => isThere("nginx") && existsSync(NCHAN_MODULE), packages: ["nginx", "libnginx-mod-nchan"] },
];

/** Installs what is missing where it can; without it, parts that cannot do without say so themselves. */
export function bringTools(say: (text: string) => void): void {
  const packages = needed.filter(({ there }) => !there()).flatMap((tool) => tool.packages);
  if (packages.length === 0) return;
  say(`not installed: ${packages.join(" ")}`);
  installFromDebian(packages);
}
