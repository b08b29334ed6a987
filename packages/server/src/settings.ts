import { delimiter } from "node:path";
import { z } from "zod";
import { firstValues, isNetwork, logLevels } from "./preferences/index.ts";

/** One setting: every way to give it, what is allowed, and what it means. The reference page is made of these. */
export interface Setting<T> {
  /** As commander takes it; for folders an argument. */
  readonly flag?: string;
  readonly env?: string;
  /** In the configuration file. */
  readonly key?: string;
  readonly schema: z.ZodType<T>;
  /** For people. */
  readonly defaultText: string;
  readonly range: string;
  readonly meaning: string;
  /** The flag may be given more than once; its values are a list. */
  readonly repeatable?: boolean;
  /** Its value is in no message. */
  readonly secret?: boolean;
}

function setting<T>(of: Setting<T>): Setting<T> {
  return of;
}

/** A whole number, from a file or as text. */
function integer(min: number, max: number): z.ZodType<number> {
  const text = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number);
  return z.union([z.number(), text]).pipe(z.int().min(min).max(max));
}

const flagWords: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  false: false,
  "0": false,
  no: false,
};
const boolean = z.union([
  z.boolean(),
  z
    .string()
    .transform((word) => flagWords[word.toLowerCase()])
    .pipe(z.boolean()),
]);
const text = z
  .string()
  .min(1)
  .refine((value) => !value.includes("\0"));
const hostName = z.string().regex(/^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_-]+)*\.?$/i);
const commaList = z.union([
  z.array(z.string()),
  z.string().transform((value) => value.split(",").map((part) => part.trim())),
]);

/** Without the slash at its end; the root is empty. */
const basePath = z
  .string()
  .max(200)
  .regex(/^\/(?:[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*\/?)?$/)
  .transform((path) => path.replace(/\/$/, ""));
const publicUrl = z
  .string()
  .max(500)
  .transform((value) => URL.parse(value))
  .refine((url) => url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "")
  .refine((url) => url !== null && `${url.username}${url.password}${url.search}${url.hash}` === "")
  .refine((url) => url !== null && basePath.safeParse(url.pathname).success)
  .transform((url) => (url === null ? "" : `${url.origin}${url.pathname.replace(/\/$/, "")}`));

const section = z.strictObject({
  path: text,
  name: text.max(100).optional(),
  type: z.enum(["movie", "show", "artist"]).optional(),
});
/** From the command line and the environment only folders come. */
const sections: z.ZodType<readonly z.output<typeof section>[]> = z.union([
  z.array(z.union([section, text.transform((path) => ({ path }))])),
  z.string().transform((paths) =>
    paths
      .split(delimiter)
      .filter((path) => path !== "")
      .map((path) => ({ path })),
  ),
]);

/** `nas` is a server that was linked under this name, `nas=http://nas:32400,listen=32401` one at an address. */
const upstream = z
  .string()
  .max(600)
  .transform((text) => {
    const options = /^(.*?)(?:,listen=(\d{1,5}))?$/s.exec(text);
    const [, name, url] = /^(?:([a-z0-9][\w.-]{0,39})(?:=|$))?(https?:\/\/.*)?$/i.exec(options?.[1] ?? "") ?? [];
    return { name, url, listen: options?.[2] === undefined ? undefined : Number(options[2]) };
  })
  .refine(({ name, url }) =>
    url === undefined ? name !== undefined : !url.includes(",") && publicUrl.safeParse(url).success,
  )
  .refine(({ listen = 0 }) => listen <= 65_535)
  .transform(({ name, url, listen }) => ({
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url: publicUrl.parse(url) }),
    ...(listen === undefined ? {} : { listen }),
  }));
const upstreams: z.ZodType<readonly z.output<typeof upstream>[]> = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/\s+/).filter((part) => part !== ""))])
  .pipe(z.array(upstream).max(50))
  .refine((all) => new Set(all.map(({ name, url }) => name ?? url)).size === all.length);

export const settings = {
  sections: setting({
    flag: "[folder...]",
    env: "REELAY_SECTIONS",
    key: "sections",
    schema: sections,
    defaultText: "none; those of earlier starts are kept",
    range: `folders (in the environment joined by "${delimiter}"); in the file a list of {path, name, type}, type movie, show or artist`,
    meaning:
      "Folders to add to the library, each as one section. Its default name is the folder's, its default type what most of it is.",
  }),
  port: setting({
    flag: "--port <number>",
    env: "REELAY_PORT",
    key: "port",
    schema: integer(0, 65_535),
    defaultText: "32400, or the next free one",
    range: "a whole number from 0 to 65535; 0 = any free port",
    meaning: "TCP port. One that is given is taken or the start fails.",
  }),
  host: setting({
    flag: "--host <address>",
    env: "REELAY_HOST",
    key: "host",
    schema: text.max(253),
    defaultText: "127.0.0.1",
    range: "an address of this machine; 0.0.0.0 or :: = all of them",
    meaning: "Address to listen on. By default only programs on this machine reach Reelay.",
  }),
  data: setting({
    flag: "--data <folder>",
    env: "REELAY_DATA",
    key: "data",
    schema: text,
    defaultText: "$XDG_DATA_HOME/reelay, else ~/.local/share/reelay",
    range: "a folder that can be written; it is made if it is missing",
    meaning:
      "Folder of the database and of server.json, by which commands find the running server. One server at a time.",
  }),
  token: setting({
    flag: "--token <token>",
    env: "REELAY_TOKEN",
    key: "token",
    schema: z.string().regex(/^[\x21-\x7e]{8,200}$/),
    defaultText: "made and shown at the first start",
    range: "8 to 200 visible ASCII characters",
    meaning:
      "A token of the owner, valid as long as it is given. Other users of the machine can read the command line: REELAY_TOKEN_FILE names a file with it instead.",
    secret: true,
  }),
  secretKey: setting({
    flag: "--secret-key <passphrase>",
    env: "REELAY_SECRET_KEY",
    key: "secretKey",
    schema: z.string().regex(/^[\x21-\x7e]{16,200}$/),
    defaultText: "made at first use and kept in secret.key in the data folder",
    range: "16 to 200 visible ASCII characters",
    meaning:
      "What secrets that Reelay has to keep are encrypted with: those of hooks and the tokens of other servers. Without the key of that time they cannot be read.",
    secret: true,
  }),
  durability: setting({
    flag: "--durability <mode>",
    env: "REELAY_DURABILITY",
    key: "durability",
    schema: z.enum(["normal", "full"]),
    defaultText: "normal",
    range: "normal or full",
    meaning:
      "normal: what a caller was told of survives a killed process. full: also a power cut; each commit waits for the disk.",
  }),
  plex: setting({
    flag: "--plex <server>",
    env: "REELAY_PLEX",
    key: "plex",
    repeatable: true,
    schema: upstreams,
    defaultText: "none",
    range:
      "[NAME=]URL[,listen=PORT], or the NAME of a server that was linked; NAME is of letters, digits and - . _, URL http or https without user, query and fragment; in the environment several are parted by blanks, in the file they are a list",
    meaning:
      "A Plex Media Server, or another Reelay, whose events are told here too; may be given more than once. Its token is the one that `reelay plex link` has stored, or in REELAY_PLEX_TOKEN, or in REELAY_PLEX_TOKEN_NAME for one that is named; else it is asked for at the terminal. With listen= it is presented as itself on that port, so that clients made for Plex see that server, with streams that resume.",
  }),
  numericIds: setting({
    flag: "--numeric-ids",
    env: "REELAY_NUMERIC_IDS",
    key: "numericIds",
    schema: boolean,
    defaultText: "false",
    range: "true or false",
    meaning:
      "Write the ids of timeline entries as numbers, for clients of 2018, on every stream. One stream asks for it with ?numericIds=1.",
  }),
  plainPlex: setting({
    flag: "--plain-plex",
    env: "REELAY_PLAIN_PLEX",
    key: "plainPlex",
    schema: boolean,
    defaultText: "false",
    range: "true or false",
    meaning:
      "Streams of Plex's form carry no positions and ignore a position that is asked for, as those of a Plex server: to try clients against. /api/v1/events keeps them.",
  }),
  maxStreams: setting({
    flag: "--max-streams <number>",
    env: "REELAY_MAX_STREAMS",
    key: "maxStreams",
    schema: integer(1, 1_000_000),
    defaultText: "10000",
    range: "a whole number from 1 to 1000000",
    meaning: "Open event streams at most; more are refused with REELAY_TOO_MANY_STREAMS.",
  }),
  hostNames: setting({
    flag: "--host-names <names>",
    env: "REELAY_HOST_NAMES",
    key: "hostNames",
    schema: commaList.pipe(z.array(hostName).max(100)),
    defaultText: "none besides localhost and the machine's own",
    range: "host names, joined by commas; in the file also a list",
    meaning:
      "Names under which requests without a token are answered: what is public, and browsers that are signed in. Others are refused (DNS rebinding).",
  }),
  trustProxy: setting({
    flag: "--trust-proxy <networks>",
    env: "REELAY_TRUST_PROXY",
    key: "trustProxy",
    schema: commaList.pipe(z.array(z.string().refine(isNetwork)).max(100)),
    defaultText: "none",
    range: "addresses and networks such as 10.0.0.2 or 172.16.0.0/12, joined by commas; in the file also a list",
    meaning:
      "Proxies whose X-Forwarded-For says where a request comes from: the rightmost address that is none of theirs. From anyone else the header counts for nothing, but that no network lets its sender in.",
  }),
  tlsCert: setting({
    flag: "--tls-cert <file>",
    env: "REELAY_TLS_CERT",
    key: "tlsCert",
    schema: text,
    defaultText: "none: plain HTTP",
    range: "a PEM file, the server's own certificate first and its chain behind it; only together with tlsKey",
    meaning: "Certificate: with it the port speaks HTTPS and WSS, and nothing else. SIGHUP reads both files again.",
  }),
  tlsKey: setting({
    flag: "--tls-key <file>",
    env: "REELAY_TLS_KEY",
    key: "tlsKey",
    schema: text,
    defaultText: "none: plain HTTP",
    range: "a PEM file, not encrypted; only together with tlsCert",
    meaning: "Private key of the certificate.",
  }),
  basePath: setting({
    flag: "--base-path <path>",
    env: "REELAY_BASE_PATH",
    key: "basePath",
    schema: basePath,
    defaultText: "that of the public URL, else /",
    range: "/, or names of letters, digits and - . _ ~ with a slash before each, such as /reelay",
    meaning: "Everything is served below it and nothing outside. / where a proxy takes the path away.",
  }),
  publicUrl: setting({
    flag: "--public-url <url>",
    env: "REELAY_PUBLIC_URL",
    key: "publicUrl",
    schema: publicUrl,
    defaultText: "none",
    range: "an http or https URL without user, query and fragment, such as https://media.example/reelay",
    meaning:
      "Where people find the server: shown at the start and in its health. Its host name is allowed as those of hostNames are, and its path is the base path unless another is given.",
  }),
  quiet: setting({
    flag: "--quiet",
    env: "REELAY_QUIET",
    key: "quiet",
    schema: boolean,
    defaultText: "false",
    range: "true or false",
    meaning: "Print no line per event, as a service does best: what happens is in the history and on the streams.",
  }),
  logLevel: setting({
    flag: "--log-level <level>",
    env: "REELAY_LOG_LEVEL",
    schema: z.enum(logLevels),
    defaultText: "the preference LogLevel, at first warn",
    range: "debug, info, warn, error or silent",
    meaning:
      "What is logged, as JSON lines on standard error. debug has one line per request. It holds for this start, until the preference LogLevel is changed, and is not kept.",
  }),
  preferences: setting({
    key: "preferences",
    schema: firstValues,
    defaultText: "none",
    range: "preferences and their values, such as FriendlyName: Attic; the table below has all",
    meaning:
      "First values of preferences. What is stored already stays: change it on the running server, with PUT /:/prefs. One that is not allowed ends the start, and none is taken.",
  }),
} as const;
