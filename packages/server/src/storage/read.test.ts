import { expect, test } from "vitest";
import { notes, temporaryDatabase } from "./temporary-database.fixture.ts";

const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE reelay_alive())";

test("the read connection never sees uncommitted rows", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const count = () => database.read.get("SELECT count(*) AS n FROM notes")?.n;
  const unit = database.transaction((tx) => {
    tx.run("INSERT INTO notes (text) VALUES ('a')");
    return count();
  });
  expect(count()).toBe(0);
  expect(await unit).toBe(0);
  expect(count()).toBe(1);
});

test("neither read connection can write", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  expect(() => database.read.all("DELETE FROM notes")).toThrow("readonly");
  await expect(database.readLong("DELETE FROM notes", [], {})).rejects.toThrow("readonly");
});

test("a long read gives at most its row cap", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  expect(await database.readLong(`${endless} SELECT i FROM n`, [], { maxRows: 3 })).toEqual([
    { i: 1 },
    { i: 2 },
    { i: 3 },
  ]);
  expect(await database.readLong("SELECT ? AS a", ["x"], {})).toEqual([{ a: "x" }]);
  expect(await database.readLong("SELECT 1", [], { maxRows: 0 })).toEqual([]);
});

test.each([
  ["before its first row", `${endless} SELECT count(*) FROM n`],
  ["between rows", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"],
])("a read that would never end is stopped %s, the worker goes on, the event loop was free", async (_, sql) => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  await database.readLong("SELECT 1", [], {});
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  const read = database.readLong(sql, [], { timeoutMs: 300, maxRows: 1e9 });
  await expect(read).rejects.toMatchObject({ code: "REELAY_QUERY_TOO_LONG" });
  clearInterval(counting);
  // A read on this thread would leave it one turn, however fast or slow the machine is.
  expect(turns).toBeGreaterThan(5);
  expect(await database.readLong("SELECT 2 AS a", [], {})).toEqual([{ a: 2 }]);
});

test("a read can be cancelled while it runs and while it waits, with the signal's reason", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const running = new AbortController();
  const waiting = new AbortController();
  const first = database.readLong(`${endless} SELECT count(*) FROM n`, [], { signal: running.signal });
  const second = database.readLong(`${endless} SELECT count(*) FROM n`, [], { signal: waiting.signal });
  const third = database.readLong("SELECT 3 AS a", [], { signal: new AbortController().signal });
  waiting.abort(new Error("not needed"));
  await expect(second).rejects.toThrow("not needed");
  running.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");
  expect(await third).toEqual([{ a: 3 }]);
  await expect(database.readLong("SELECT 1", [], { signal: running.signal })).rejects.toThrow("enough");
});

test("a read that fails says why, and the next one works", async () => {
  await using temporary = temporaryDatabase(notes);
  await expect(temporary.database.readLong("SELECT * FROM missing", [], {})).rejects.toThrow("no such table: missing");
  expect(await temporary.database.readLong("SELECT 1 AS a", [], {})).toEqual([{ a: 1 }]);
});

test("closing ends the reads that are still running", async () => {
  await using temporary = temporaryDatabase(notes);
  const read = temporary.database
    .readLong(`${endless} SELECT count(*) FROM n`, [], {})
    .catch((error: unknown) => error);
  await temporary.database.close();
  expect(await read).toBeInstanceOf(Error);
});
