import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Migration, shippedMigrations } from "./migrate.ts";
import { notes, open, temporaryDatabase, temporaryFolder } from "./temporary-database.fixture.ts";

const second: Migration = { version: 2, sql: "ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'" };
const third: Migration = { version: 3, sql: "CREATE TABLE more (id INTEGER PRIMARY KEY)" };

/** Names and bytes of all files of a folder. */
function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}

function ask(path: string, sql: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

test("the shipped migrations count from 1 without gaps", () => {
  expect(shippedMigrations().map(({ version }) => version)).toEqual(shippedMigrations().map((_, index) => index + 1));
});

test("a fresh database is Reelay's, in WAL mode, vacuumed incrementally, with foreign keys", async () => {
  await using temporary = temporaryDatabase();
  const settings = await temporary.database.transaction((tx) =>
    ["application_id", "user_version", "journal_mode", "auto_vacuum", "foreign_keys", "synchronous"].map((name) =>
      Object.values(tx.get(`PRAGMA ${name}`) ?? {}),
    ),
  );
  expect(settings.flat()).toEqual([0x52454c59, shippedMigrations().length, "wal", 2, 1, 1]);
});

test("an empty file, left by a start that was killed, becomes a database like any other", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "reelay.db");
  writeFileSync(path, "");
  const database = open(path);
  expect(database.read.get("PRAGMA auto_vacuum")).toEqual({ auto_vacuum: 2 });
  await database.close();
});

test("an upgrade keeps the rows and makes a backup that opens", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "reelay.db");
  const before = open(path, notes);
  await before.transaction((tx) => tx.run("INSERT INTO notes (text) VALUES ('kept')"));
  await before.close();
  const after = open(path, [...notes, second, third]);
  expect(after.read.all("SELECT text, colour FROM notes")).toEqual([{ text: "kept", colour: "red" }]);
  await after.close();
  const backups = readdirSync(folder.path).filter((name) => name !== "reelay.db");
  expect(backups).toEqual([expect.stringMatching(/^reelay\.db\.before-v3-\d+$/)]);
  const backup = open(join(folder.path, backups[0] ?? ""), notes);
  expect(backup.read.all("SELECT text FROM notes")).toEqual([{ text: "kept" }]);
  expect(backup.read.get("PRAGMA auto_vacuum")).toEqual({ auto_vacuum: 2 });
  await backup.close();
  await open(path, [...notes, second, third]).close();
  expect(readdirSync(folder.path)).toHaveLength(2);
});

test.each([
  ["in its SQL", "CREATE TABLE half (id INTEGER); SELECT * FROM missing"],
  [
    "by a row without its parent",
    "CREATE TABLE child (note INTEGER REFERENCES notes (id)); INSERT INTO child VALUES (9)",
  ],
])("a migration that fails %s changes nothing", async (_, sql) => {
  await using temporary = temporaryDatabase(notes);
  await temporary.database.close();
  expect(() => open(temporary.path, [...notes, second, { version: 3, sql }])).toThrow();
  expect(ask(temporary.path, "PRAGMA user_version")).toEqual([{ user_version: 2 }]);
  expect(ask(temporary.path, "SELECT name FROM sqlite_schema WHERE name IN ('half', 'child')")).toEqual([]);
  await open(temporary.path, [...notes, second, third]).close();
});

test("a table that others refer to can be made anew by a migration", async () => {
  const family: Migration[] = [
    {
      version: 1,
      sql: `CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (parent INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
        INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)`,
    },
  ];
  await using temporary = temporaryDatabase(family);
  await temporary.database.close();
  const sql = `CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO new_parent SELECT id, 'x' FROM parent; DROP TABLE parent; ALTER TABLE new_parent RENAME TO parent`;
  const database = open(temporary.path, [...family, { version: 2, sql }]);
  expect(database.read.all("SELECT * FROM child JOIN parent ON id = parent")).toEqual([
    { parent: 1, id: 1, name: "x" },
  ]);
  await database.close();
});

test("a database of a newer Reelay is refused, no byte is changed and no file added", async () => {
  await using temporary = temporaryDatabase([...notes, second]);
  await temporary.database.close();
  const before = contentOf(temporary.folder);
  expect(() => open(temporary.path, notes)).toThrow(expect.objectContaining({ code: "REELAY_DATABASE_NEWER" }));
  expect(contentOf(temporary.folder)).toEqual(before);
});

test("so is one that was killed, whose write-ahead log holds what makes it newer", async () => {
  await using temporary = temporaryDatabase([...notes, second]);
  const killed = join(temporary.folder, "killed");
  mkdirSync(killed);
  for (const name of ["reelay.db", "reelay.db-wal"]) copyFileSync(join(temporary.folder, name), join(killed, name));
  const before = contentOf(killed);
  expect(() => open(join(killed, "reelay.db"), notes)).toThrow(
    expect.objectContaining({ code: "REELAY_DATABASE_NEWER" }),
  );
  const { "reelay.db-shm": _, ...after } = contentOf(killed);
  expect(after).toEqual(before);
});

test("a database of another program is refused, no byte is changed and no file added", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "reelay.db");
  const foreign = new DatabaseSync(path);
  foreign.exec("CREATE TABLE theirs (a); PRAGMA user_version = 900");
  foreign.close();
  const before = contentOf(folder.path);
  expect(() => open(path)).toThrow(expect.objectContaining({ code: "REELAY_DATABASE_UNREADABLE" }));
  expect(contentOf(folder.path)).toEqual(before);
});

test.each([
  ["is no database", (path: string) => writeFileSync(path, "This is a text about databases.".repeat(1_000))],
  ["was cut", (path: string) => truncateSync(path, 10_000)],
  ["has a damaged schema", (path: string) => writeFileSync(path, readFileSync(path).fill(0xaa, 100, 4_096))],
])("a file that %s is told as unreadable and left as it is", async (_, damage) => {
  await using temporary = temporaryDatabase();
  await temporary.database.close();
  damage(temporary.path);
  const before = contentOf(temporary.folder);
  expect(() => open(temporary.path)).toThrow(expect.objectContaining({ code: "REELAY_DATABASE_UNREADABLE" }));
  expect(contentOf(temporary.folder)).toEqual(before);
});

test("a folder in the database's place is told as unreadable", () => {
  using folder = temporaryFolder();
  expect(() => open(folder.path)).toThrow(expect.objectContaining({ code: "REELAY_DATABASE_UNREADABLE" }));
});

test("deliveries of before messages were kept apart are what they were, and their numbers are not given again", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "reelay.db");
  const shipped = shippedMigrations();
  const before = open(path, shipped.slice(0, 16));
  await before.transaction((tx) => {
    const insert = `INSERT INTO deliveries (id, hook_id, event_id, name, subject, player, snapshot, payload, event_time,
      created_at, state, due_at, expires_at) VALUES (?, 'hook_1', ?, 'media.play', 'session:1', 'tv', 's', '{}', 1, 2, ?, 3, 4)`;
    for (const id of ["msg_1", "msg_2", "msg_3"]) tx.run(insert, id, `event of ${id}`, "waiting");
    tx.run("INSERT INTO attempts (delivery, number, at, status, detail) VALUES (2, 1, 5, 200, '{}')");
    tx.run("DELETE FROM deliveries WHERE seq = 3");
  });
  const columns = `seq, id, hook_id, event_id, name, subject, player, snapshot, payload, event_time, created_at, state,
    due_at, expires_at, attempts, reason, ended_at`;
  const rows = before.read.all(`SELECT ${columns} FROM deliveries ORDER BY seq`);
  await before.close();
  const after = open(path, shipped);
  expect(after.read.all(`SELECT ${columns} FROM told_deliveries ORDER BY seq`)).toEqual(rows);
  expect(after.read.get("SELECT delivery, status FROM attempts")).toEqual({ delivery: 2, status: 200 });
  const seq = await after.transaction((tx) => {
    const message = tx.run(
      "INSERT INTO messages (name, subject, payload, event_time) VALUES ('media.play', '', '{}', 0)",
    );
    const insert =
      "INSERT INTO deliveries (id, hook_id, message, created_at, state) VALUES ('msg_4', 'h', ?, 0, 'waiting')";
    return [message.lastId, tx.run(insert, message.lastId).lastId];
  });
  expect(seq).toEqual([4, 4]);
  await after.transaction((tx) => tx.run("DELETE FROM deliveries WHERE seq = 2"));
  expect(after.read.all("SELECT * FROM attempts")).toEqual([]);
  await after.close();
});
