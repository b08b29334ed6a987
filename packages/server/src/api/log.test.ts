import type { LogNotification } from "@reelay/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLogger, type Logger } from "../support/index.ts";
import { LogLines } from "./log-lines.ts";
import { logRoutes } from "./log-routes.ts";
import { tappedLogger } from "./tapped-logger.ts";
import { type ApiRig, apiRig } from "./testing/rig.ts";

let rig: ApiRig;
let lines: LogLines;
let told: LogNotification[];
const logger = createLogger("silent");

beforeEach(async () => {
  told = [];
  rig = await apiRig(async ({ app, clock }) => {
    lines = new LogLines(clock);
    lines.onLine((line) => told.push(line));
    await app.register(logRoutes, { lines, log: logger });
  });
});
afterEach(() => rig[Symbol.asyncDispose]());

const send = (method: "GET" | "PUT" | "POST", url: string, payload?: string, token = "owner") =>
  rig.app.inject({
    method,
    url,
    headers: { "x-plex-token": token, accept: "application/json", "content-type": "text/plain" },
    ...(payload === undefined ? {} : { payload }),
  });

describe("/log", () => {
  test.each(["GET", "PUT"] as const)("%s tells one line", async (method) => {
    const answer = await send(method, "/log?level=1&message=Disk%20almost%20full&source=Player");
    expect([answer.statusCode, answer.body]).toEqual([200, ""]);
    await expect
      .poll(() => told)
      .toEqual([{ level: 1, message: "Disk almost full", source: "Player", time: rig.clock.now() / 1_000 }]);
  });

  test("POST tells many, in order", async () => {
    await send("POST", "/log", "level=0&message=a&source=x\r\nlevel=4&message=b\nmessage=c%0Ad\n");
    await expect
      .poll(() => told.map(({ level, message, source }) => [level, message, source]))
      .toEqual([
        [0, "a", "x"],
        [4, "b", ""],
        // One line stays one.
        [3, "c\\u{a}d", ""],
      ]);
  });

  test.each([
    ["PUT", "/log?level=5&message=x", undefined],
    ["PUT", "/log?level=1", undefined],
    ["PUT", `/log?message=${"x".repeat(2_001)}`, undefined],
    ["POST", "/log", "message=fine\nlevel=9&message=x"],
  ] as const)("%s %s is refused and tells nothing", async (method, url, payload) => {
    const answer = await send(method, url, payload);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, "REELAY_INVALID_PARAMETER"]);
    await send("PUT", "/log?message=after");
    await expect.poll(() => told.map(({ message }) => message)).toEqual(["after"]);
  });

  test("is for the owner", async () => {
    expect((await send("PUT", "/log?message=x", undefined, "member")).statusCode).toBe(403);
  });
});

describe("the server's own lines", () => {
  const tap = (): Logger => tappedLogger(logger, (line) => lines.add(line));

  test("are told from warnings on, with the reason of an error", async () => {
    const log = tap();
    log.info("not this");
    log.debug({ some: "field" }, "nor this");
    log.warn({ path: "/films" }, "a folder cannot be read");
    log.error({ err: new Error("disk I/O error") }, "a scheduled task failed");
    log.error(new Error("bare"));
    await expect
      .poll(() => told.map(({ level, message }) => [level, message]))
      .toEqual([
        [1, "a folder cannot be read"],
        [0, "a scheduled task failed: disk I/O error"],
        [0, "bare"],
      ]);
  });

  test("are written as before", () => {
    const written: unknown[] = [];
    const log = tappedLogger(
      { ...logger, warn: (...args: unknown[]) => written.push(args) } as unknown as Logger,
      () => undefined,
    );
    log.warn({ a: 1 }, "b");
    expect(written).toEqual([[{ a: 1 }, "b"]]);
  });

  test("show no token", async () => {
    tap().error({ err: new Error("GET http://a/?X-Plex-Token=secret failed") }, "no answer");
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]?.message).toBe("no answer: GET http://a/?X-Plex-Token=...");
  });

  test("are bounded: a flood is counted, not told", async () => {
    const log = tap();
    for (let n = 0; n < 10_000; n++) log.warn(`line ${n}`);
    await expect.poll(() => told.length).toBe(201);
    expect(told.at(-1)?.message).toBe("9800 more lines were not told");
    log.warn("later");
    await expect.poll(() => told.at(-1)?.message).toBe("later");
  });
});
