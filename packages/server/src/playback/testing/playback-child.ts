import { MINUTE, PlaybackRig } from "./rig.ts";

// Three players that report without end, one line on standard output for each report that was answered. To be killed.
const [, , from = ""] = process.argv;
const rig = await PlaybackRig.open({ from });
process.stdout.write(`${JSON.stringify({ database: rig.library.database.path, media: rig.library.root })}\n`);

const players = [
  { player: "tv", who: "owner", title: "Alpha" },
  { player: "phone", who: "robin", title: "Alpha" },
  { player: "tv", who: "robin", title: "Beta" },
];

async function play({ player, who, title }: (typeof players)[number]): Promise<never> {
  const ratingKey = rig.keyOf(title);
  for (let round = 0; ; round++) {
    // Up to 80 %: an item that counts as played has no place to go on from.
    const time = 2 * MINUTE + (round % 78) * MINUTE;
    const state = round % 40 === 39 ? "stopped" : round % 7 === 6 ? "paused" : "playing";
    await rig.report({ ratingKey, state, time }, { player, who });
    process.stdout.write(`${JSON.stringify({ player, who, ratingKey, state, time })}\n`);
    rig.clock.advance(10_000);
  }
}
await Promise.all(players.map(play));
