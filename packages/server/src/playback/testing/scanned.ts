import { rmSync } from "node:fs";
import { afterAll } from "vitest";
import { Rig } from "../../library/testing/rig.ts";
import { MINUTE, PlaybackRig, people } from "./rig.ts";

let scanned: Promise<Rig> | undefined;

// Not at the process's end: vitest's workers are ended without one.
afterAll(async () => {
  if (scanned !== undefined) rmSync((await scanned).root, { recursive: true, force: true });
});

/** Playback on a library that was scanned, whose events are not among those that it has still to tell. */
export async function scannedRig(): Promise<PlaybackRig> {
  const rig = await PlaybackRig.open({ from: await template() });
  await rig.events();
  return rig;
}

/** A database with a scanned library, made once per test file: real files, which stay until its end. */
export async function template(): Promise<string> {
  scanned ??= scan();
  return (await scanned).database.path;
}

async function scan(): Promise<Rig> {
  const library = new Rig();
  await library.database.transaction((tx) => {
    for (const [name, { accountId }] of Object.entries(people)) {
      tx.run(
        "INSERT OR REPLACE INTO accounts (id, name, name_key, created_at, sections) VALUES (?, ?, ?, 0, '[]')",
        accountId,
        name,
        name,
      );
    }
  });
  const films = await library.section("movie", "Films");
  const shows = await library.section("show", "Shows");
  for (const film of ["Alpha (2001)", "Beta (2002)"]) library.put(`Films/${film}.mp4`);
  for (const episode of ["S01E01", "S01E02", "S02E01"]) library.put(`Shows/Tide/Tide - ${episode}.mp4`);
  await library.scan(films);
  await library.scan(shows);
  await library.database.transaction((tx) => {
    tx.run("UPDATE items SET duration = ? WHERE type IN ('movie', 'episode')", 100 * MINUTE);
  });
  await library.library.close();
  await library.database.close();
  return library;
}
