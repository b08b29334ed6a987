import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEdit } from "./edit.ts";
import { Rig } from "./testing/rig.ts";

async function film(rig: Rig) {
  const section = await rig.section("movie", "Films");
  rig.put("Films/Alpha (2001)/Alpha (2001).mp4");
  await rig.scan(section);
  const [item] = await rig.items(section, "movie");
  await rig.told();
  return { section, id: Number(item?.ratingKey), shown: async () => (await rig.items(section, "movie"))[0] };
}

const edit = (query: string) => readEdit(new URLSearchParams(query));

test("an edit shows at once and is told by one bare 5", async () => {
  await using rig = new Rig();
  const { id, shown } = await film(rig);
  await rig.library.editItems(
    [id],
    edit(
      "type=1&title.value=The Omega&summary.value=All of it.&year.value=1999&originallyAvailableAt.value=1999-12-31" +
        "&studio.value=A Studio&contentRating.value=12&tagline.value=At last&genre[0].tag.tag=Drama&genre[1].tag.tag=Sea",
    ),
  );
  expect(await shown()).toMatchObject({
    title: "The Omega",
    titleSort: "Omega",
    summary: "All of it.",
    year: 1999,
    originallyAvailableAt: "1999-12-31",
    studio: "A Studio",
    contentRating: "12",
    tagline: "At last",
    Genre: [{ tag: "Drama" }, { tag: "Sea" }],
    Field: expect.arrayContaining([{ locked: true, name: "title" }]),
  });
  expect(await rig.toldItems()).toEqual([`5:${id}`]);
  await rig.library.editItems([id], edit("genre[].tag.tag-=Sea&studio.value="));
  expect(await shown()).toMatchObject({ Genre: [{ tag: "Drama" }] });
  expect(await shown()).not.toHaveProperty("studio");
});

test("a scan that reads another name changes what is not locked, and only that", async () => {
  await using rig = new Rig();
  const { id, section, shown } = await film(rig);
  await rig.library.editItems([id], edit("title.value=Mine&summary.value=Kept&summary.locked=0&year.locked=0"));
  renameSync(join(rig.media, "Films/Alpha (2001)"), join(rig.media, "Films/Beta (2002)"));
  renameSync(
    join(rig.media, "Films/Beta (2002)/Alpha (2001).mp4"),
    join(rig.media, "Films/Beta (2002)/Beta (2002).mp4"),
  );
  await rig.scan(section);
  expect(await shown()).toMatchObject({ ratingKey: String(id), title: "Mine", year: 2002, summary: "Kept" });
  await rig.library.editItems([id], edit("title.locked=0"));
  renameSync(
    join(rig.media, "Films/Beta (2002)/Beta (2002).mp4"),
    join(rig.media, "Films/Beta (2002)/Gamma (2003).mp4"),
  );
  renameSync(join(rig.media, "Films/Beta (2002)"), join(rig.media, "Films/Gamma (2003)"));
  await rig.scan(section);
  expect(await shown()).toMatchObject({ ratingKey: String(id), title: "Gamma", year: 2003 });
});

test("a sorting form of one's own stays with a new title", async () => {
  await using rig = new Rig();
  const { id, shown } = await film(rig);
  await rig.library.editItems([id], edit("titleSort.value=Zzz"));
  await rig.library.editItems([id], edit("title.value=The Omega"));
  expect(await shown()).toMatchObject({ title: "The Omega", titleSort: "Zzz" });
});

test.each([
  ["title.value=", /never empty/],
  ["title.locked=yes", /title\.locked/],
  ["year.value=soon", /year/],
  ["originallyAvailableAt.value=2019-02-30", /date/],
  ["collection[0].tag.tag=Best", /collection/],
  ["thumb.locked=1", /thumb/],
  ["constructor.value=x", /constructor/],
  ["type=1&id=5", /edits nothing/],
])("%s is refused", (query, detail) => {
  expect(() => edit(query)).toThrow(detail);
});

test("of several items, one that is unknown leaves all as they were", async () => {
  await using rig = new Rig();
  const { id, shown } = await film(rig);
  await expect(rig.library.editItems([id, 4711], edit("title.value=Other"))).rejects.toMatchObject({
    code: "REELAY_NOT_FOUND",
  });
  expect(await shown()).toMatchObject({ title: "Alpha" });
  expect(await rig.told()).toEqual([]);
});
