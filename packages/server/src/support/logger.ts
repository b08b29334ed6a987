import { type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;

/**
 * The server's log, JSON lines on standard error (standard output is for what a person asked to see).
 * Query tokens reach no log line: request URLs are cut by `withoutToken` before they are logged, headers are never logged.
 */
export function createLogger(level: "debug" | "info" | "warn" | "error" | "silent" = "info"): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}

/** Names of query parameters whose values let somebody in. */
const SECRET_PARAMETERS = ["x-plex-token", "access_token", "token", "code"];

/** The character itself or percent-encoded, any number of times over: `=`, `%3D`, `%253d`. */
function spelled(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(2, "0");
  const literal = character.replace(/[\]\\^$.*+?()[{}|-]/, "\\$&");
  const upper = /[a-z]/.test(character) ? `|%(?:25)*${character.toUpperCase().charCodeAt(0).toString(16)}` : "";
  return `(?:${literal}|%(?:25)*${code}${upper})`;
}

function anyOf(characters: string): string {
  return `(?:${[...characters].map(spelled).join("|")})`;
}

const secretNames = SECRET_PARAMETERS.map((name) => [...name].map(spelled).join("")).join("|");
const secretParameter = new RegExp(
  `((?:^|${anyOf("?&;#")})(?:${secretNames})${spelled("=")})(?:(?!${anyOf("&;#")}).)*`,
  "gis",
);

/**
 * A URL as it may be logged: the value of a token parameter replaced by three dots. In any spelling that a server could
 * take for one: letters in any case, percent-encoded, or inside another parameter that is a URL itself.
 */
export function withoutToken(url: string): string {
  return url.replace(secretParameter, "$1...").replace(/(\/webhooks\/plex\/)[^/?#]+/gi, "$1...");
}
