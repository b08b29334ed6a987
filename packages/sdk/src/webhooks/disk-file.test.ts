import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { readDiskFile } from "./disk-file.ts";

const contentType = "image/jpeg";

test("files are read, up to a size; what is no file, or gone, is not", async () => {
  await using folder = await temporaryFolder("disk-file");
  const path = join(folder.path, "thumb");
  await writeFile(path, "abc");
  expect(await readDiskFile({ path, contentType }, 3)).toEqual({ contentType, data: new TextEncoder().encode("abc") });
  await expect(readDiskFile({ path, contentType }, 2)).rejects.toMatchObject({ code: "too-large" });
  for (const other of [join(folder.path, "gone"), folder.path, "/dev/null"])
    expect(await readDiskFile({ path: other, contentType }, 3), other).toBeUndefined();
});
