/**
 * Brings what the tests need and npm does not have, from Debian. Where it cannot, it says what to install.
 *
 *     node scripts/ensure-test-tools.ts
 */
import { existsSync } from "node:fs";
import { installFromDebian, isThere } from "./debian-packages.ts";

interface Tool {
  /** The program, and the package that has it. */
  readonly name: string;
  readonly isThere: () => boolean;
  /** Further packages of Debian. */
  readonly besides?: readonly string[];
}

const tools: readonly Tool[] = [
  ...["nginx", "openssl", "chromium", "mosquitto"].map((name) => ({ name, isThere: () => isThere(name) })),
  // For the load client of the fan-out.
  {
    name: "gcc",
    isThere: () => isThere("gcc") && (process.platform !== "linux" || existsSync("/usr/include/stdio.h")),
    besides: ["libc6-dev"],
  },
];

/** Whether all is there in the end. */
export function ensureTestTools(): boolean {
  const missing = () => tools.filter((tool) => !tool.isThere()).flatMap(({ name, besides = [] }) => [name, ...besides]);
  if (missing().length > 0) installFromDebian(missing());
  const names = missing().join(" ");
  if (names === "") return true;
  process.stderr.write(
    `The tests need what is not installed: ${names}. Install it (on Debian and Ubuntu: sudo apt-get install ${names}; on macOS: brew install ${names}) and start again.\n`,
  );
  return false;
}

if (import.meta.main && !ensureTestTools()) process.exitCode = 1;
