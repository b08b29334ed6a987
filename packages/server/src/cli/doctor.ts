import { readSettings } from "../config.ts";
import { harmless, ReelayError } from "../support/index.ts";
import { diagnose, type Finding, type KnownBy, knowable } from "../upstream/index.ts";
import { type ConnectArguments, ServerFinder } from "./api.ts";
import type { Terminal } from "./terminal.ts";
import { upstreamOption } from "./upstream-option.ts";

export interface DoctorArguments extends Pick<ConnectArguments, "data" | "defaultData"> {
  /** As `serve` takes it. */
  readonly plex?: string | undefined;
}

const marks: Readonly<Record<Finding["state"], readonly [sign: string, colour: "green" | "yellow" | "red"]>> = {
  good: ["✓", "green"],
  note: ["·", "yellow"],
  bad: ["✗", "red"],
};

/** Says what is wrong between here and a server, and what to do about it. @returns 1 if something is wrong */
export async function doctor({ plex, ...connect }: DoctorArguments, terminal: Terminal): Promise<number> {
  const { dataDir } = new ServerFinder(connect, terminal.env);
  const servers =
    readSettings({ flags: { plex: plex === undefined ? undefined : [plex] }, env: terminal.env }).plex ?? [];
  if (servers.length === 0) throw new ReelayError("REELAY_CONFIG_INVALID", "--plex: name a server to look at.");
  let code = 0;
  for (const server of servers) {
    const option = upstreamOption(server, dataDir, terminal.env);
    terminal.print(terminal.paint("bold", option.name ?? option.url));
    const bad = new Set<string>();
    for await (const { what, state, detail, remedy } of diagnose(option.url, await option.token())) {
      const [sign, colour] = marks[state];
      terminal.print(`  ${terminal.paint(colour, sign)} ${what.padEnd(12)} ${harmless(detail)}`);
      if (remedy !== undefined) terminal.print(`    ${remedy}`);
      if (state === "bad") bad.add(what);
    }
    if (bad.size > 0) code = 1;
    if (!bad.has("reachable")) for (const line of whatCanBeKnown(bad, terminal.paint)) terminal.print(line);
  }
  return code;
}

/** Which webhook events there can be of it, and by what they are known; less where something is wrong. */
function whatCanBeKnown(bad: ReadonlySet<string>, paint: Terminal["paint"]): readonly string[] {
  const isMember = bad.has("token") || bad.has("account");
  const limits: Readonly<Record<KnownBy, string>> = {
    notifications: bad.has("events") ? "not now: no stream" : isMember ? "without account and player" : "",
    asking: isMember ? "not with this token: it is not the owner's" : "",
    "its own webhooks": "needs Plex Pass there",
  };
  const names = Object.entries(knowable);
  return [
    `  ${paint("bold", "What can be known of it")}`,
    ...(Object.keys(limits) as KnownBy[]).map((by) => {
      const known = names.flatMap(([name, one]) => (one.by === by ? [name] : []));
      return `    by ${by.padEnd(17)} ${known.join(", ")}${limits[by] === "" ? "" : ` (${limits[by]})`}`;
    }),
  ];
}
