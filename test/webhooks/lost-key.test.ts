import { rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer } from "../../packages/server/src/server.ts";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { createLogger } from "../../packages/server/src/support/index.ts";
import { Receiver } from "../../packages/server/src/webhooks/testing/receiver.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

const TOKEN = "token-of-the-owner";

let folder: TemporaryFolder;
let receiver: Receiver;
beforeAll(async () => {
  [folder, receiver] = await Promise.all([temporaryFolder("lost-key"), Receiver.open()]);
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const start = () =>
  startServer({
    ...{ dataDir: folder.path, host: "127.0.0.1", port: 0, token: TOKEN, durability: "normal", numericIds: false },
    ...{ maxStreams: 10, hostNames: [], sections: [], log: createLogger("silent") },
  });

async function ask<T>(server: RunningServer, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${server.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "x-plex-token": TOKEN, accept: "application/json", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
  return (await answer.json()) as T;
}

interface Hooks {
  readonly hooks: readonly { readonly id: string; readonly url: string | null; readonly unreadable?: string }[];
}

test("a server without its key starts, and what it could not send meanwhile goes out when the key is back", async () => {
  const key = join(folder.path, "secret.key");
  let id: string;
  {
    await using server = await start();
    const settings = { url: receiver.url, events: ["admin.database.backup"], headers: { "X-Room": "2" } };
    id = (await ask<{ id: string }>(server, "/api/v1/hooks", settings)).id;
  }
  await rename(key, `${key}.away`);
  {
    await using server = await start();
    const { hooks } = await ask<Hooks>(server, "/api/v1/hooks");
    expect(hooks).toEqual([expect.objectContaining({ id, url: null, unreadable: "REELAY_SECRET_UNREADABLE" })]);
    await server.tell([
      {
        ...{ type: "database.backed-up", audience: { kind: "admins" }, subject: "database" },
        facts: { file: "reelay.db", bytes: 1, durationMs: 1 },
      },
    ]);
    const errorOfFirst = async () => {
      const { deliveries } = await ask<{ deliveries: [{ id: string }?] }>(server, `/api/v1/deliveries?hook=${id}`);
      if (deliveries[0] === undefined) return undefined;
      const path = `/api/v1/deliveries/${deliveries[0].id}`;
      return (await ask<{ record: { error: string }[] }>(server, path)).record[0]?.error;
    };
    await until(async () => (await errorOfFirst()) !== undefined, "a first attempt");
    expect([await errorOfFirst(), receiver.received.length]).toEqual(["REELAY_SECRET_UNREADABLE", 0]);
    const preview = await fetch(`${server.url}/api/v1/hooks/${id}/preview`, {
      method: "POST",
      headers: { "x-plex-token": TOKEN, "content-type": "application/json" },
      body: JSON.stringify({ change: { events: [] } }),
    });
    expect(preview.headers.get("x-reelay-error")).toBe("REELAY_SECRET_UNREADABLE");
  }
  await rename(`${key}.away`, key);
  await using server = await start();
  expect(await ask<Hooks>(server, "/api/v1/hooks")).toEqual({
    hooks: [expect.not.objectContaining({ unreadable: expect.anything() })],
  });
  await until(() => receiver.received.length > 0, "the delivery");
  expect(receiver.received[0]).toMatchObject({ event: "admin.database.backup", headers: { "x-room": "2" } });
});
