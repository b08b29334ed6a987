import { expect, test } from "vitest";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { FOUND_AGAIN, forgetSlices } from "./file-store.ts";
import { CANDIDATES } from "./scan-moves.ts";
import { sectionSlices } from "./section-store.ts";

/** Tables of a few rows: to read one of them as a whole is nothing. */
const small = /^SCAN (?:l|locations)\b/;

test.each(Object.entries({ ...forgetSlices, ...sectionSlices, FOUND_AGAIN, CANDIDATES }))(
  "%s, of each slice or file, reads no table as a whole, also for what refers to its rows",
  async (_name, sql) => {
    await using temporary = temporaryDatabase();
    const plan = await temporary.database.transaction((tx) => {
      const params = Array.from(sql.matchAll(/\?/g), () => 1);
      // Of a deletion the plan also says how each foreign key to the rows is looked up.
      return tx.all(`EXPLAIN QUERY PLAN ${sql}`, ...params).map((row) => String(row.detail));
    });
    expect(plan).not.toEqual([]);
    expect(plan.filter((line) => line.startsWith("SCAN") && !small.test(line))).toEqual([]);
  },
);
