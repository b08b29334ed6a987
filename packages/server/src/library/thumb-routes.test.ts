import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { PlaybackRig } from "../playback/testing/rig.ts";
import { ManualClock } from "../support/index.ts";
import { itemSnapshot } from "./item-snapshot.ts";
import { Rig } from "./testing/rig.ts";

const POSTER = "Films/雨の灯台 (2019)/poster.jpg";

test("every item names its picture, and there it is: drawn where there is no other", async () => {
  await using rig = await PlaybackRig.open();
  for (const title of ["Alpha", "Tide", "Season 1", "Episode 1"]) {
    const item = await rig.item(rig.keyOf(title));
    for (const name of ["thumb", "parentThumb", "grandparentThumb"]) {
      if (name !== "thumb" && item[`${name.replace("Thumb", "RatingKey")}`] === undefined) continue;
      const reply = await rig.ask(String(item[name]));
      expect([title, name, reply.statusCode, reply.headers["content-type"]]).toEqual([title, name, 200, "image/jpeg"]);
      expect((await sharp(reply.rawPayload).metadata()).format).toBe("jpeg");
    }
  }
  const { thumb } = await rig.item(rig.keyOf("Alpha"));
  const first = await rig.ask(String(thumb));
  const again = await rig.ask(String(thumb), "owner", { headers: { "if-none-match": String(first.headers.etag) } });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
});

test("a picture of an item that one may not see is not there, as for one that is none", async () => {
  await using rig = await PlaybackRig.open();
  const key = rig.keyOf("Alpha");
  expect((await rig.ask(`/library/metadata/${key}/thumb`, "kim")).statusCode).toBe(404);
  expect((await rig.ask("/library/metadata/99999/thumb", "owner")).statusCode).toBe(404);
});

test("a picture stays as long as a snapshot shows it", async () => {
  const clock = new ManualClock(Date.now());
  await using rig = new Rig({ clock });
  rig.put("Alpha (2001)/Alpha (2001).mp4");
  const poster = rig.put("Alpha (2001)/poster.jpg", { sample: POSTER });
  const section = await rig.section("movie");
  await rig.scan(section);
  const snapshot = itemSnapshot(rig.database.read, { itemId: 1, accountId: 1 });
  if (snapshot?.thumb === undefined || snapshot.thumb === null) throw new Error("no picture");
  const { thumb } = snapshot;
  await rig.database.transaction((tx) => {
    rig.outbox.append(tx, [
      {
        type: "item.arrived",
        audience: { kind: "section", sectionId: section.id },
        subject: "item:1",
        facts: { sectionId: 1, itemId: 1, metadataType: 1, updatedAt: 1, title: "Alpha", count: 1, rolledUp: [] },
        item: snapshot,
      },
    ]);
    tx.run("UPDATE items SET thumb = NULL");
  });
  expect(existsSync(poster)).toBe(true);
  const stored = join(rig.root, "artwork", thumb.slice(0, 2), thumb);
  utimesSync(stored, 1, 1);
  expect(await rig.library.removeUnusedPictures(new AbortController().signal)).toBe(0);
  expect((await sharp(await rig.library.thumb(snapshot)).metadata()).height).toBeLessThanOrEqual(480);
  await rig.database.transaction((tx) => {
    tx.run("UPDATE events SET snapshot = NULL");
    tx.run("DELETE FROM snapshots");
  });
  expect(await rig.library.removeUnusedPictures(new AbortController().signal)).toBe(1);
  expect(existsSync(stored)).toBe(false);
});
