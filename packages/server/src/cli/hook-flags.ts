import { type Command, InvalidArgumentError, Option } from "commander";

export const HOOK = "its id, or its description or address where only one has it";

/** What a hook is, as options. */
export function settings(command: Command): Command {
  return command
    .option("--event <names>", "webhook events, joined by commas: media.play,media.*; or all")
    .option("--player <name>", "only of this player, by name or identifier; may be given again", collect)
    .option("--account <name>", "only of this account, by name or id; may be given again", collect)
    .option("--local", "only players in the server's own network")
    .option("--remote", "only players elsewhere")
    .option("--type <types>", "only items of these kinds, joined by commas: movie,episode,track")
    .option("--section <name>", "only of this section, by name or id; may be given again", collect)
    .option("--server <name>", "only of this server, by name or identifier; may be given again", collect)
    .option("--min-duration <time>", "only items of at least this length, such as 20m: leaves out trailers")
    .option("--filter <json>", "the whole filter, also with not; the options above are put into it")
    .option("--format <format>", "plex (the request of a Plex server), json (its document alone), custom")
    .option("--thumb", "with pictures")
    .option("--no-thumb", "without pictures")
    .option("--method <method>", "of a custom request: GET, POST, PUT, PATCH or DELETE")
    .option("--body <text>", "of a custom request, with {{path}} in it; @file reads it from a file")
    .option("--header <line>", '"Name: value", sent besides; "Name:" takes it away; may be given again', collect)
    .option("--ca <file>", "PEM of the authority that the receiver's certificate is checked against, or none")
    .addOption(
      new Option(
        "--for <purpose>",
        "automation: 30 s old at most, the latest only, settle 1.5 s; records: of any age, every event",
      ).choices(["automation", "records"]),
    )
    .option("--max-age <time>", "how old an event may be when it is delivered: 30s, 3d, or none")
    .option("--max-age-live <time>", "the same, for media.play, pause, resume, stop and playback.started only")
    .option("--max-age-record <time>", "the same, for all others")
    .option("--latest-only", "a newer event of the same player takes the place of one that waits")
    .option("--no-latest-only", "every event")
    .option("--settle <time>", "hold back a stop or pause for so long, and drop it if a play follows: 1500ms")
    .option("--description <text>", "for people");
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Takes whole numbers from 1 to `most`. */
export function count(most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    if (/^\d{1,16}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(
      `It is no whole number from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}.`,
    );
  };
}
