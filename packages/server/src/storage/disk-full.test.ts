import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Database } from "./database.ts";
import { notes, temporaryDatabase } from "./temporary-database.fixture.ts";
import type { Transaction } from "./unit.ts";

const readOnly = { status: "rejected", reason: { code: "REELAY_STORAGE_READ_ONLY", status: 503 } };

/** SQLite's own way to be full: past this many pages it answers SQLITE_FULL, as it does when the disk is. */
function limitPages(database: Database, pages: number): Promise<unknown> {
  return database.transaction((tx) => tx.get(`PRAGMA max_page_count = ${pages}`));
}

const write = (text: string) => (tx: Transaction) => void tx.run("INSERT INTO notes (text) VALUES (?)", text);
const tooMuch = (tx: Transaction) => write("x".repeat(1_000_000))(tx);
const texts = (database: Database) => database.read.all("SELECT text FROM notes ORDER BY id").map(({ text }) => text);

test("on a full disk nobody in the turn is told «done» for what is not there, and the next turn goes on", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  await database.transaction(write("kept"));
  await limitPages(database, 20);
  const outcomes = await Promise.allSettled([
    database.transaction(write("a")),
    database.transaction(tooMuch),
    database.transaction(write("b")),
  ]);
  expect(outcomes[1]).toMatchObject(readOnly);
  const told = outcomes.flatMap(({ status }, unit) => (status === "fulfilled" ? [["a", "", "b"][unit]] : []));
  expect(texts(database)).toEqual(["kept", ...told]);
  await limitPages(database, 1_000_000);
  await database.transaction(write("c"));
  expect(texts(database)).toEqual(["kept", ...told, "c"]);
});

test("when SQLite gives up the whole transaction, every unit of the turn fails and nothing of it stays", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const told: string[] = [];
  const outcomes = await Promise.allSettled([
    database.transaction((tx) => {
      write("a")(tx);
      tx.afterCommit(() => told.push("a"));
    }),
    // A ROLLBACK behind the unit's back, as SQLite does it by itself for some failures.
    database.transaction((tx) => {
      write("b")(tx);
      giveUp(tx);
    }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await nextTurn();
  await database.transaction(write("c"));
  expect(texts(database)).toEqual(["c"]);
  expect(told).toEqual([]);
});

test("a unit that catches such an error writes nothing more, and fails all the same", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const unit = database.transaction((tx) => {
    try {
      giveUp(tx);
    } catch {
      // Taken for a conflict: the mistake that this is about.
    }
    write("alone")(tx);
  });
  await expect(unit).rejects.toThrow("UNIQUE constraint failed");
  expect(texts(database)).toEqual([]);
});

/** A statement that ends the transaction with an error: ROLLBACK is what an out-of-memory or I/O error amounts to. */
function giveUp(tx: Transaction): void {
  tx.run("INSERT OR ROLLBACK INTO notes (id, text) SELECT 1, 'given up' UNION ALL SELECT 1, 'given up'");
}
