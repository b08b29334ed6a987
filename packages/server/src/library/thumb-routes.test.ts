import { existsSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { scannedRig } from "../playback/testing/scanned.ts";
import { ManualClock } from "../support/index.ts";
import { itemSnapshot } from "./item-snapshot.ts";
import { Rig, SAMPLES } from "./testing/rig.ts";

const POSTER = "Films/雨の灯台 (2019)/poster.jpg";

test("every item names its picture, and there it is: drawn where there is no other", async () => {
  await using rig = await scannedRig();
  for (const title of ["Alpha", "Tide", "Season 1", "Episode 1"]) {
    const item = await rig.item(rig.keyOf(title));
    const above = ["parent", "grandparent"].filter((level) => item[`${level}RatingKey`] !== undefined);
    for (const name of ["thumb", "art", ...above.map((level) => `${level}Thumb`)]) {
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
  await using rig = await scannedRig();
  const key = rig.keyOf("Alpha");
  const addresses = (id: number) => [
    ...[`/library/metadata/${id}/thumb`, `/library/metadata/${id}/art/1`],
    `/photo/:/transcode?url=/library/metadata/${id}/thumb&width=100&height=100`,
  ];
  for (const address of addresses(key)) expect((await rig.ask(address, "kim")).statusCode).toBe(404);
  for (const address of addresses(99_999)) expect((await rig.ask(address)).statusCode).toBe(404);
});

test("pictures are made to fit, whatever address of this server they are asked by, and no other", async () => {
  await using rig = await scannedRig();
  const stored = await rig.library.library.artwork.put(readFileSync(join(SAMPLES, POSTER)));
  if (!("hash" in stored)) throw new Error("no picture");
  const key = rig.keyOf("Alpha");
  await rig.library.database.transaction(
    (tx) => void tx.run("UPDATE items SET thumb = ? WHERE id = ?", stored.hash, key),
  );
  const transcode = (url: string, size = "width=60&height=60") =>
    rig.ask(`/photo/:/transcode?url=${encodeURIComponent(url)}&${size}&minSize=1&upscale=1`);
  for (const host of ["", "http://127.0.0.1:32400", "http://localhost"]) {
    const reply = await transcode(`${host}/library/metadata/${key}/thumb/17?X-Plex-Token=secret`);
    const { format, width = 0, height = 0 } = await sharp(reply.rawPayload).metadata();
    expect([reply.statusCode, format, Math.max(width, height)]).toEqual([200, "jpeg", 60]);
  }
  const backdrop = await rig.ask(`/library/metadata/${key}/art`);
  expect(await sharp(backdrop.rawPayload).metadata()).toMatchObject({ format: "jpeg", width: 960, height: 540 });
  for (const url of ["http://169.254.169.254/library/metadata/1/thumb", "/etc/passwd", "file:///etc/passwd", ""]) {
    expect((await transcode(url)).statusCode).toBe(400);
  }
  for (const size of ["width=0&height=10", "width=10", "width=99999&height=1", "width=1e3&height=5"]) {
    expect((await transcode(`/library/metadata/${key}/thumb`, size)).statusCode).toBe(400);
  }
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
