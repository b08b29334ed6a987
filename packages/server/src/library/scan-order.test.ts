import { expect, test, vi } from "vitest";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import type { Change } from "./file-store.ts";
import { changesInOrder } from "./scan-order.ts";
import type { Section } from "./section-store.ts";

const FOLDERS = 5;

test.each([400, 2_500])("%i changes come in the order of their paths, and are read a few times only", async (total) => {
  await using temporary = temporaryDatabase();
  const { database } = temporary;
  await database.transaction((tx) => {
    tx.run(
      `INSERT INTO sections (id, uuid, name, type, created_at, updated_at, content_changed_at)
       VALUES (1, 'u', 'Films', 'movie', 0, 0, 0)`,
    );
    tx.run("INSERT INTO locations (id, section_id, path) VALUES (1, 1, '/films')");
    for (let id = 1; id <= FOLDERS; id++) {
      tx.run("INSERT INTO folders (id, location_id, path, scan) VALUES (?, 1, ?, 1)", id, Buffer.from(`f${9 - id}`));
    }
    for (let id = 1; id <= total; id++) {
      tx.run(
        "INSERT INTO scan_changes (section_id, kind, folder_id, name, size, mtime, inode) VALUES (1, ?, ?, ?, 1, 0, 0)",
        id % 7 === 0 ? "changed" : "new",
        1 + (id % FOLDERS),
        Buffer.from(String((id * 7919) % 10_007)),
      );
    }
  });
  const short = vi.spyOn(database.read, "all");
  const long = vi.spyOn(database, "readLong");
  const changes: Change[] = [];
  const { signal } = new AbortController();
  const options = { database, section: { id: 1 } as Section, total, size: 16, signal };
  for await (const batch of changesInOrder(options)) {
    expect(batch.length).toBeLessThanOrEqual(16);
    changes.push(...batch);
  }
  const paths = changes.map(({ folder, name }) => `${folder}/${name}`);
  expect(paths).toEqual([...new Set(paths)].sort());
  expect(paths).toHaveLength(total);
  expect([short.mock.calls.length, long.mock.calls.length]).toEqual(total === 400 ? [1, 0] : [0, 3]);
});
