import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Database } from "./database.ts";
import { notes, temporaryDatabase } from "./temporary-database.fixture.ts";
import type { Transaction } from "./unit.ts";

const write = (text: string) => (tx: Transaction) => tx.run("INSERT INTO notes (text) VALUES (?)", text).lastId;
const texts = (database: Database) => database.read.all("SELECT text FROM notes ORDER BY id").map(({ text }) => text);

test("units of one event-loop turn share a COMMIT, after which their promises settle in order", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const settled: string[] = [];
  const units = ["a", "b", "c"].map((text) =>
    database.transaction(write(text)).then(() => settled.push(`${text} sees ${texts(database).join("")}`)),
  );
  expect(texts(database)).toEqual([]);
  await Promise.resolve();
  expect(settled).toEqual([]);
  await Promise.all(units);
  expect(settled).toEqual(["a sees abc", "b sees abc", "c sees abc"]);
});

test("a unit returns what its function returns, and sees what the turn's earlier units wrote", async () => {
  await using temporary = temporaryDatabase(notes);
  const first = temporary.database.transaction(write("a"));
  const second = temporary.database.transaction((tx) => tx.all("SELECT text FROM notes"));
  expect(await first).toBe(1);
  expect(await second).toEqual([{ text: "a" }]);
});

test("a failed unit rolls back only itself", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const outcomes = await Promise.allSettled([
    database.transaction(write("a")),
    database.transaction((tx) => {
      write("b")(tx);
      throw new Error("no");
    }),
    database.transaction((tx) => {
      write("c")(tx);
      write("a")(tx);
    }),
    database.transaction(write("d")),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(texts(database)).toEqual(["a", "d"]);
});

test("a function that returns a promise is a type error, is refused, and leaves nothing behind", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const told: string[] = [];
  const refused = database.transaction(
    // @ts-expect-error a unit of work is synchronous
    async (tx) => {
      write("a")(tx);
      tx.afterCommit(() => told.push("committed"));
      await nextTurn();
      // Also what it does afterwards, in nobody's transaction, must neither write nor end the process.
      write("late")(tx);
    },
  );
  await expect(refused).rejects.toThrow("must be synchronous");
  await database.transaction(write("b"));
  await nextTurn();
  expect(texts(database)).toEqual(["b"]);
  expect(told).toEqual([]);
});

test("listeners run after the COMMIT, in order, before the promise resolves; a rolled back unit's never", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const order: string[] = [];
  const listening = (text: string) => (tx: Transaction) => {
    write(text)(tx);
    tx.afterCommit(() => order.push(`${text}1 ${texts(database).length}`));
    tx.afterCommit(() => order.push(`${text}2`));
  };
  const failing = database.transaction((tx) => {
    listening("x")(tx);
    throw new Error("no");
  });
  await Promise.all([
    expect(failing).rejects.toThrow("no"),
    database.transaction(listening("a")).then(() => order.push("a")),
    database.transaction(listening("b")).then(() => order.push("b")),
  ]);
  expect(order).toEqual(["a1 2", "a2", "b1 2", "b2", "a", "b"]);
});

test("a listener that throws harms neither the other listeners nor whoever waits", async () => {
  await using temporary = temporaryDatabase(notes);
  const told: string[] = [];
  const value = await temporary.database.transaction((tx) => {
    tx.afterCommit(() => {
      throw new Error("a bad listener");
    });
    tx.afterCommit(() => told.push("told"));
    return 7;
  });
  expect(value).toBe(7);
  expect(told).toEqual(["told"]);
});

test("a listener may write: that is a unit of a later COMMIT", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  let second: Promise<number> | undefined;
  await database.transaction((tx) => tx.afterCommit(() => (second = database.transaction(write("b")))));
  expect(await second).toBe(1);
});

test("a unit inside a unit is refused, the outer one goes on", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  let inner: Promise<unknown> | undefined;
  await database.transaction((tx) => {
    inner = database.transaction(write("inner")).catch((error) => error.message);
    write("outer")(tx);
  });
  expect(await inner).toMatch("inside a unit of work");
  expect(texts(database)).toEqual(["outer"]);
});

test("a Transaction cannot be used after its unit", async () => {
  await using temporary = temporaryDatabase(notes);
  let kept: Transaction | undefined;
  await temporary.database.transaction((tx) => {
    kept = tx;
  });
  expect(() => kept?.run("DELETE FROM notes")).toThrow("after its unit of work had ended");
  expect(() => kept?.afterCommit(() => undefined)).toThrow("after its unit of work had ended");
});

test("closing commits what is open, refuses what comes later, and may be asked for twice", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  let fromListener: Promise<unknown> | undefined;
  const open = database.transaction((tx) => {
    tx.afterCommit(() => (fromListener = database.transaction(write("b")).catch((error) => error.code)));
    return write("a")(tx);
  });
  const closed = database.close();
  const late = database.transaction(write("c"));
  await expect(late).rejects.toMatchObject({ code: "REELAY_SHUTTING_DOWN" });
  expect(await open).toBe(1);
  await closed;
  await database.close();
  expect(await fromListener).toBe("REELAY_SHUTTING_DOWN");
  await expect(database.readLong("SELECT 1", [], {})).rejects.toMatchObject({ code: "REELAY_SHUTTING_DOWN" });
});

test("whatever units fail, the table holds what the others wrote, and each caller was told its own outcome", async () => {
  const unit = fc.record({
    texts: fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), { maxLength: 4 }),
    fails: fc.boolean(),
    turnEnds: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(unit, { maxLength: 20 }), async (units) => {
      await using temporary = temporaryDatabase(notes);
      const { database } = temporary;
      const model: string[] = [];
      const expected: string[] = [];
      const outcomes: Promise<string>[] = [];
      for (const { texts: wanted, fails, turnEnds } of units) {
        const possible =
          !fails && new Set(wanted).size === wanted.length && wanted.every((text) => !model.includes(text));
        if (possible) model.push(...wanted);
        expected.push(possible ? "done" : "failed");
        const outcome = database.transaction((tx) => {
          for (const text of wanted) write(text)(tx);
          if (fails) throw new Error("no");
        });
        outcomes.push(
          outcome.then(
            () => "done",
            () => "failed",
          ),
        );
        if (turnEnds) await nextTurn();
      }
      expect(await Promise.all(outcomes)).toEqual(expected);
      expect(texts(database)).toEqual(model);
    }),
    { numRuns: 40 },
  );
});

test("what is wanted soon is committed before the turn ends, with what was written before it", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const order: string[] = [];
  const turn = new Promise<void>((resolve) => setImmediate(() => resolve(void order.push("turn"))));
  const written = [
    database.transaction(write("a")).then(() => order.push("a")),
    database.soon(write("b")).then(() => order.push("b")),
    database.soon(write("c")).then(() => order.push("c")),
    expect(
      database.soon(() => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no"),
  ];
  await Promise.all([turn, ...written]);
  expect(order).toEqual(["a", "b", "c", "turn"]);
  expect(texts(database)).toEqual(["a", "b", "c"]);
});

test("only the first that is wanted soon in a turn has a COMMIT of its own; the next turn has another", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  await database.soon(write("a"));
  const later = [database.soon(write("b")), database.soon(write("c"))];
  await Promise.resolve();
  expect(texts(database)).toEqual(["a"]);
  await Promise.all(later);
  await nextTurn();
  const next = database.soon(write("d"));
  await Promise.resolve();
  expect(texts(database)).toEqual(["a", "b", "c", "d"]);
  await next;
});

test("what is written right before a COMMIT is committed with it, after all units of the turn; its failure is its own", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  const order: string[] = [];
  const preparing = (text: string) => (tx: Transaction) => {
    write(text)(tx);
    tx.beforeCommit(() => {
      order.push(`before ${text}: ${texts(database).length}`);
      const also = database.transaction((other) => {
        if (text === "b") throw new Error("no");
        write(`${text}+`)(other);
        other.beforeCommit(() => order.push(`before ${text}+`));
        other.afterCommit(() => order.push(`${text}+`));
      });
      also.catch((error: Error) => order.push(`${text}+: ${error.message}`));
    });
    tx.afterCommit(() => order.push(text));
  };
  const failed = database.transaction((tx) => {
    tx.beforeCommit(() => order.push("never"));
    throw new Error("failed");
  });
  await expect(failed).rejects.toThrow("failed");
  await Promise.all(["a", "b"].map((text) => database.transaction(preparing(text))));
  await nextTurn();
  expect(order).toEqual(["before a: 0", "before b: 0", "before a+", "a", "b", "a+", "b+: no"]);
  expect(texts(database)).toEqual(["a", "b", "a+"]);
});

test("a preparation that throws keeps nothing from being committed", async () => {
  await using temporary = temporaryDatabase(notes);
  const { database } = temporary;
  await database.transaction((tx) => {
    write("a")(tx);
    tx.beforeCommit(() => {
      throw new Error("no");
    });
  });
  expect(texts(database)).toEqual(["a"]);
});
