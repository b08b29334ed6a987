import { randomId } from "./random-id.ts";

const KEY = "reelay-player";
let known: string | undefined;

/** The same at each visit. */
export function identifier(): string {
  known ??= remembered();
  return known;
}

/** How this browser names itself to the server. */
export function player(): Readonly<Record<string, string>> {
  return {
    "X-Plex-Client-Identifier": identifier(),
    "X-Plex-Product": "Reelay Web",
    "X-Plex-Version": "0.1.0",
    "X-Plex-Platform": browserName(),
    "X-Plex-Device": systemName(),
    "X-Plex-Device-Name": `${browserName()} on ${systemName()}`,
  };
}

function remembered(): string {
  try {
    const own = localStorage.getItem(KEY) ?? `web-${randomId()}`;
    localStorage.setItem(KEY, own);
    return own;
  } catch {
    // Storage may be switched off: then it is another player each time.
    return `web-${randomId()}`;
  }
}

function browserName(): string {
  const { userAgent } = navigator;
  const known = [
    ["Firefox/", "Firefox"],
    ["Edg/", "Edge"],
    ["Chrome/", "Chrome"],
    ["Safari/", "Safari"],
  ] as const;
  return known.find(([mark]) => userAgent.includes(mark))?.[1] ?? "Browser";
}

function systemName(): string {
  const { userAgent } = navigator;
  const known = [
    ["Android", "Android"],
    ["iPhone", "iPhone"],
    ["iPad", "iPad"],
    ["Windows", "Windows"],
    ["Mac OS", "Mac"],
    ["Linux", "Linux"],
  ] as const;
  return known.find(([mark]) => userAgent.includes(mark))?.[1] ?? "computer";
}
