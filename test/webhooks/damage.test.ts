import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { ReelayProcess } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { RawReceiver } from "./raw-receiver.ts";
import { payloadOf, templateOf, withPlaceholders } from "./wire-request.ts";

const json = { "content-type": "application/json", accept: "application/json" };

/** Overwrites the first page of a table, as a dying disk does. */
function damage(path: string, table: string): void {
  const db = new DatabaseSync(path, { readOnly: true });
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table)?.rootpage);
  const pageSize = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  db.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(pageSize, 0x5a), 0, pageSize, (root - 1) * pageSize);
  closeSync(file);
}

test.each([["hooks themselves"], ["the record of what is sent to them", "deliveries"], ["events", "events"]])(
  "damage in the table of %s is told to the hooks that are known in memory, within seconds",
  async (_what, table = "hooks") => {
    await using folder = await temporaryFolder("hook-damage");
    await using receiver = await RawReceiver.open();
    const first = await ReelayProcess.start({ dataDir: folder.path, token: "damage-token" });
    await using _first = first;
    const hook = { url: receiver.url, events: ["admin.database.corrupted"] };
    const added = await first.fetch("/api/v1/hooks", { method: "POST", headers: json, body: JSON.stringify(hook) });
    expect(added.status).toBe(201);
    await first.end("SIGTERM");

    const server = await ReelayProcess.start({ dataDir: folder.path, token: "damage-token" });
    await using _server = server;
    damage(join(folder.path, "reelay.db"), table);
    // Reads the whole file; the check at the start may have come upon it before.
    await server.fetch("/butler/BackupDatabase", { method: "POST" });
    const alarm = async () => {
      const health = await server.fetch("/api/v1/health", { headers: json });
      return ((await health.json()) as { alarms: { kind: string; time: number }[] }).alarms[0];
    };
    await until(async () => (await alarm())?.kind === "database-corrupted", "the alarm");
    await until(() => receiver.requests.length > 0, "the receiver to be told");
    const [told] = receiver.requests;
    if (told === undefined) throw new Error("unreachable");
    expect(withPlaceholders(told)).toBe(templateOf("admin.database.corrupted"));
    expect(payloadOf(told)).toMatchObject({ event: "admin.database.corrupted", user: true, owner: true });
    expect(Object.keys(payloadOf(told))).toEqual(["event", "user", "owner", "Account", "Server"]);
    expect(told.at - ((await alarm())?.time ?? 0)).toBeLessThan(5_000);
    expect(receiver.requests).toHaveLength(1);
  },
);
