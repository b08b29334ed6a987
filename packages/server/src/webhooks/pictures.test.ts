import { expect, test } from "vitest";
import { type ItemSnapshot, storeSnapshot } from "../events/index.ts";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { Pictures } from "./pictures.ts";

test("the picture of an item is made once, whatever else its events tell of it", async () => {
  await using temporary = temporaryDatabase();
  const { database } = temporary;
  const store = (snapshot: ItemSnapshot) => database.transaction((tx) => storeSnapshot(tx, snapshot, 0));
  const film = { ratingKey: "42", title: "Low Water" };
  const first = await store({ metadata: film, thumb: "3f" });
  const later = await store({ metadata: { ...film, viewOffset: 5_000 }, thumb: "3f" });
  const other = await store({ metadata: { ...film, title: "High Water" }, thumb: null });
  const made: ItemSnapshot[] = [];
  const pictures = new Pictures(database.read, async (snapshot) => {
    made.push(snapshot);
    return Buffer.from(String(snapshot.metadata.title));
  });
  expect(await Promise.all([pictures.get(first), pictures.get(first)])).toEqual([
    Buffer.from("Low Water"),
    Buffer.from("Low Water"),
  ]);
  expect(pictures.get(later)).toEqual(Buffer.from("Low Water"));
  expect(await pictures.get(other)).toEqual(Buffer.from("High Water"));
  expect(made).toHaveLength(2);
  expect(pictures.get("gone")).toBeUndefined();
});
