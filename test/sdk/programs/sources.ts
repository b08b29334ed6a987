import { readFileSync } from "node:fs";

export const programNames = [
  "getNotifications",
  "connectWebSocket",
  "eventsGetNotifications",
  "eventsConnectWebSocket",
] as const;

/** A program of the plexjs documentation as it stands there, but for the name of the package and the token. */
export function programSource(program: (typeof programNames)[number], packageName: string, token: string): string {
  const text = readFileSync(new URL(`${program}.txt`, import.meta.url), "utf8");
  return text.replaceAll("PACKAGE", packageName).replace("<YOUR_API_KEY_HERE>", token);
}

/** A program as it is written for CommonJS. */
export function toCommonJs(source: string): string {
  return source.replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = require($2);");
}
