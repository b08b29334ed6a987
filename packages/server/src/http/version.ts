import { readFileSync } from "node:fs";

/** This Reelay's version, from its package. */
export const reelayVersion: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string }
).version;
