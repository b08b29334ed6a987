import { createHash, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { extname, isAbsolute, join, relative, resolve } from "node:path";
import { reelayVersion } from "../http/index.ts";
import type { LibrarySummary, RunningServer } from "../server-options.ts";
import { harmless } from "../support/index.ts";
import type { UpstreamStatus } from "../upstream/index.ts";
import { sampleFilm } from "./samples.ts";
import { shellWord, type Terminal } from "./terminal.ts";

export interface WelcomeOptions {
  readonly server: Pick<
    RunningServer,
    "url" | "port" | "portNotes" | "certificate" | "adminToken" | "localToken" | "signInLink" | "allowedNetworks"
  >;
  /** Where people find it, if that was given. */
  readonly publicUrl?: string | undefined;
  readonly host: string;
  readonly dataDir: string;
  /** What commands use when no --data is given. */
  readonly usualDataDir: string;
  /** Started by an npm script, so commands are pasted as one. */
  readonly byNpm: boolean;
  readonly cwd: string;
  /** Servers that are listened to, where there is no own library. */
  readonly beside?: readonly string[];
  readonly paint: Terminal["paint"];
}

/** What a person reads after the start: where it is, the token if it is new, and lines to paste. */
export function welcome({ server, publicUrl, host, paint, ...options }: WelcomeOptions): readonly string[] {
  const lines = [`Reelay ${reelayVersion} is running at ${paint("bold", server.url)}`, ...server.portNotes];
  if (publicUrl !== undefined) lines.push(`Its public address is ${paint("bold", publicUrl)}`);
  const { certificate } = server;
  lines.push(...exposure(host, server.port, certificate === undefined ? "unencrypted" : "encrypted"));
  const { allowedNetworks } = server;
  if (allowedNetworks !== "") lines.push(`Whoever asks from ${allowedNetworks} needs no token (allowedNetworks).`);
  if (server.adminToken !== undefined) {
    lines.push("", "Your admin token, shown only this once:", `  ${paint("bold", server.adminToken)}`);
  }
  const link = server.signInLink();
  if (link !== undefined) {
    lines.push("", "The dashboard, signed in by this link once, within ten minutes:", `  ${paint("bold", link)}`);
  }
  const data = options.dataDir === options.usualDataDir ? "" : ` --data ${shellWord(options.dataDir)}`;
  lines.push(
    "",
    "See every event live, in another terminal:",
    `  curl -N ${certificate === undefined ? "" : pinned(certificate)}-H ${shellWord(`X-Plex-Token: ${server.localToken}`)} ${shellWord(`${server.url}/:/eventsource/notifications`)}`,
    `  ${options.byNpm ? "npm run reelay --" : "reelay"} tail${data}`,
    // Later starts say it behind their summary.
    ...(server.adminToken === undefined ? [] : makeSomethingHappen(options)),
    "",
  );
  return lines;
}

/** A line that makes events: copying a sample film, or words where there are no samples. */
export function makeSomethingHappen({
  dataDir,
  cwd,
  beside = [],
}: Pick<WelcomeOptions, "dataDir" | "cwd" | "beside">): readonly string[] {
  if (beside.length > 0) return [`To make something happen, play something on ${beside.join(" or ")}.`];
  const sample = sampleFilm(dataDir);
  if (sample === undefined) return ["To make something happen, copy a film into a folder of the library."];
  const copy = freeName(sample.section, extname(sample.film));
  return ["To make something happen:", `  cp ${shellWord(short(sample.film, cwd))} ${shellWord(short(copy, cwd))}`];
}

/** How a server fares that is listened to, in one line. */
export function upstreamLine({ name, state, reason, version }: UpstreamStatus): string {
  if (state === "connected") return `${harmless(name)}: connected${version ? `, version ${harmless(version)}` : ""}`;
  return `${harmless(name)}: not connected. ${reason === undefined ? "" : harmless(reason)}`.trimEnd();
}

/** What the library holds, in one line: `4 films, 10 episodes, 12 tracks, nothing new`. */
export function summaryLine({ films, episodes, tracks, newItems }: LibrarySummary): string {
  const counts = [count(films, "film"), count(episodes, "episode"), count(tracks, "track")].join(", ");
  return `${counts}, ${newItems === 0 ? "nothing new" : `${newItems} new`}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function exposure(host: string, port: number, how: string): readonly string[] {
  if (host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host)) return [];
  const where = host === "0.0.0.0" || host === "::" ? "every network of this machine" : `the network of ${host}`;
  return [
    `Reachable from ${where}, port ${port}, ${how}: with a token everything, without one its id and version (/identity).`,
  ];
}

/** For curl: this key whatever the certificate's name and signer, as on the machine itself none of both need fit. */
function pinned(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `-k --pinnedpubkey ${shellWord(`sha256//${createHash("sha256").update(key).digest("base64")}`)} `;
}

/** A path in the section that is not taken, so that the line can be pasted again after the next start. */
function freeName(section: string, extension: string): string {
  for (let copy = 1; ; copy++) {
    const path = join(section, `A Copied Film${copy === 1 ? "" : ` ${copy}`} (2024)${extension}`);
    if (!existsSync(path)) return path;
  }
}

function short(path: string, cwd: string): string {
  const fromHere = relative(cwd, resolve(path));
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}
