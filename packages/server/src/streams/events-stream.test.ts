import { once } from "node:events";
import { SseParser } from "@reelay/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { streamContract } from "./stream.contract.ts";
import {
  connectEventsSse,
  connectEventsWebSocket,
  connectToldEventsSse,
  connectToldEventsWebSocket,
} from "./testing/events-client.ts";
import { position, progress, type StreamServer, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

streamContract("events as SSE", connectEventsSse);
streamContract("events as WebSocket", connectEventsWebSocket);
streamContract("events that clients of Plex are told of, as SSE", connectToldEventsSse);
streamContract("events that clients of Plex are told of, as WebSocket", connectToldEventsWebSocket);

describe("events", () => {
  let log: TestLog;
  let server: StreamServer;
  beforeEach(async () => {
    log = new TestLog();
    server = await startStreamServer(log.log);
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await log.close();
  });
  const url = (query: string) => `127.0.0.1:${server.port}/api/v1/events?X-Plex-Token=owner${query}`;
  const backup = {
    type: "database.backed-up",
    audience: { kind: "admins" },
    subject: "database",
    facts: { file: "a.db", bytes: 1, durationMs: 2 },
  } as const;

  /** Reads the SSE stream until so many documents came. */
  async function documents(query: string, count: number): Promise<Record<string, unknown>[]> {
    const response = await fetch(`http://${url(query)}`);
    const parser = new SseParser();
    const found: Record<string, unknown>[] = [];
    for await (const chunk of response.body ?? []) {
      for (const item of parser.push(chunk)) {
        if (item.kind === "event" && item.event === "message") found.push(JSON.parse(item.data));
      }
      if (found.length >= count) break;
    }
    return found;
  }

  test("are told with what happened and what clients of Plex are told of it", async () => {
    await log.append([status("Library scan complete"), backup]);
    const [told, silent] = await documents("&lastEventId=earliest", 2);
    expect(told).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      position: position(1),
      type: "status.announced",
      origin: "0".repeat(40),
      time: 1_700_000_000_000,
      subject: "section:1",
      facts: { title: "Library scan complete", description: "", notificationName: "LIBRARY_UPDATE" },
      notification: {
        NotificationContainer: {
          type: "status",
          size: 1,
          StatusNotification: [{ title: "Library scan complete", description: "", notificationName: "LIBRARY_UPDATE" }],
        },
      },
    });
    // Plex has no notification of it, and it is told all the same.
    expect(silent).toMatchObject({ type: "database.backed-up", facts: backup.facts, notification: null });
  });

  test("are the same documents on a WebSocket, live and replayed", async () => {
    await log.append([status("a"), backup]);
    const texts: string[] = [];
    const ws = new WebSocket(`ws://${url(`&lastEventId=earliest`)}`);
    ws.on("message", (data) => texts.push(String(data)));
    await once(ws, "open");
    await log.append([progress("b")]);
    await expect.poll(() => texts.filter((text) => !text.includes("ReelayPosition"))).toHaveLength(3);
    ws.terminate();
    const events = texts.map((text) => JSON.parse(text)).filter((document) => "facts" in document);
    expect(events).toEqual(await documents("&lastEventId=earliest", 3));
  });

  test.each([
    ["status", ["status.announced", "status.announced"]],
    ["-status", ["scan.progressed"]],
    ["-log", ["status.announced", "scan.progressed", "status.announced"]],
    ["", ["status.announced", "scan.progressed", "status.announced"]],
    ["status&filter=progress", ["status.announced", "scan.progressed", "status.announced"]],
  ])("that clients of Plex are told of are selected as they do, by ?filters=%s", async (filters, expected) => {
    await log.append([backup, status("a"), backup, progress("b"), status("c")]);
    const told = await documents(`&lastEventId=earliest&filters=${filters}`, expected.length);
    expect(told.map(({ type }) => type)).toEqual(expected);
    expect(told[0]).toMatchObject({ time: 1_700_000_000_000, notification: { NotificationContainer: { size: 1 } } });
  });

  test("are selected in one way only", async () => {
    const response = await fetch(`http://${url("&types=item.*&filters=timeline")}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("REELAY_INVALID_PARAMETER");
  });

  test.each([
    ["item.created,scan.progressed", ["scan.progressed"]],
    ["status.*", ["status.announced", "status.announced"]],
    ["database.*&types=scan.*", ["database.backed-up", "scan.progressed"]],
  ])("are selected by ?types=%s", async (types, expected) => {
    await log.append([status("a"), backup, progress("b"), status("c")]);
    const told = await documents(`&lastEventId=earliest&types=${types}`, expected.length);
    expect(told.map(({ type }) => type)).toEqual(expected);
  });

  test.each(["itm.created", "session.star", "*", "constructor", "item.*.x"])("no event is called %s", async (name) => {
    const answer = await fetch(`http://${url(`&types=${name}`)}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("REELAY_INVALID_PARAMETER");
  });

  test("past the log reach who is there, and what is opt-in only who names it", async () => {
    const received = { all: [] as string[], log: [] as string[] };
    const sockets = (["all", "log"] as const).map((which) => {
      const ws = new WebSocket(`ws://${url(which === "log" ? "&types=log,status.announced" : "")}`);
      ws.on("message", (data) => received[which].push(String(data)));
      return ws;
    });
    await Promise.all(sockets.map((ws) => once(ws, "open")));
    const line = { level: 1, message: "careful", source: "test", time: 1_700_000_000 } as const;
    server.hub.announce({ type: "log", entry: line }, { kind: "admins" });
    server.hub.announce(
      { type: "status", entry: { title: "full", description: "", notificationName: "REELAY_ALARM" } },
      { kind: "admins" },
    );
    const told = (texts: string[]) => texts.map((text) => JSON.parse(text)).filter((document) => "facts" in document);
    const types = (texts: string[]) => told(texts).map(({ type }) => type);
    await expect
      .poll(() => [types(received.log), types(received.all)])
      .toEqual([["log", "status.announced"], ["status.announced"]]);
    expect(told(received.log)[0]).toMatchObject({ id: null, position: position(0), facts: line });
    for (const ws of sockets) ws.terminate();
  });

  test("of a HEAD request are only the headers", async () => {
    const answer = await fetch(`http://${url("")}`, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  });

  test("need a token", async () => {
    expect((await fetch(`http://127.0.0.1:${server.port}/api/v1/events`)).status).toBe(401);
  });
});
