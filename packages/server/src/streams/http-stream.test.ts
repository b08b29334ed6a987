import { connect } from "node:net";
import { EventSource } from "eventsource";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startCuttingProxy } from "./testing/cutting-proxy.ts";
import { type StreamServer, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

const SSE = "/:/eventsource/notifications";

describe("streams over plain HTTP", () => {
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
  const url = (path: string, query = "") => `http://127.0.0.1:${server.port}${path}?X-Plex-Token=owner${query}`;
  /** Everything that the server answers to these bytes, until it closes or `enough` is in it. */
  const raw = async (bytes: string, enough: string): Promise<string> => {
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      answer += text;
    });
    socket.write(bytes);
    await expect.poll(() => answer).toContain(enough);
    socket.destroy();
    return answer;
  };

  test("are marked as not to be kept, changed or gathered, and readable from any page with a token", async () => {
    const { status: code, headers, body } = await fetch(url(SSE));
    await body?.cancel();
    expect(code).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(headers.get("x-accel-buffering")).toBe("no");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("content-encoding")).toBeNull();
  });

  test("go to HTTP/1.0 (nginx with a bare proxy_pass) without chunks, and end with the connection", async () => {
    await log.append([status("a")]);
    const answer = await raw(`GET ${SSE}?lastEventId=earliest HTTP/1.0\r\nX-Plex-Token: owner\r\n\r\n`, '"a"');
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head.toLowerCase()).toContain("\r\nconnection: close");
    expect(head.toLowerCase()).not.toContain("transfer-encoding");
    expect(body).toMatch(/^id: \S+\nevent: ping\ndata: \{\}\n\nid: \S+\nevent: status\n/);
  });

  test("answer a request that was sent behind another on the same connection", async () => {
    const head = "Host: 127.0.0.1\r\nX-Plex-Token: owner\r\n\r\n";
    const answer = await raw(`GET /nothing HTTP/1.1\r\n${head}GET ${SSE} HTTP/1.1\r\n${head}`, "event: ping");
    expect(answer).toMatch(/^HTTP\/1\.1 404 .*HTTP\/1\.1 200 /s);
  });

  test("answer HEAD with the headers of GET, and open nothing", async () => {
    const { status: code, headers } = await fetch(url(SSE), { method: "HEAD" });
    expect([code, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(server.hub.stats().streams.sse).toBe(0);
  });

  test("take the position of the header before that of the query", async () => {
    await log.append([status("a"), status("b")]);
    const response = await fetch(url(SSE, "&lastEventId=earliest"), {
      headers: { "last-event-id": `${log.log.epoch}-1` },
    });
    const first = await response.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain(`id: ${log.log.epoch}-1\nevent: ping`);
  });

  test("on the WebSocket paths are for those who ask for octets alone; others are told to upgrade", async () => {
    const refused = await fetch(url("/:/websockets/notifications"), { headers: { accept: "application/json" } });
    expect([refused.status, refused.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(await refused.json()).toMatchObject({ error: { code: "REELAY_UPGRADE_REQUIRED" } });
    const octets = await fetch(url("/:/websocket/notifications", "&lastEventId=earliest"), {
      headers: { accept: "application/octet-stream" },
    });
    expect(octets.headers.get("content-type")).toBe("application/octet-stream");
    const reader = octets.body?.getReader();
    await log.append([status("a")]);
    const document = await reader?.read();
    expect(JSON.parse(Buffer.from(document?.value ?? []).toString())).toMatchObject({
      NotificationContainer: { type: "status", size: 1, StatusNotification: [{ title: "a" }] },
    });
    server.clock.advance(10_000);
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("\n");
    await reader?.cancel();
  });

  test("are resumed by the npm package eventsource by itself, without gap or duplicate", async () => {
    await using proxy = await startCuttingProxy(server.port);
    proxy.cutNextAfter(1_500);
    const source = new EventSource(`http://127.0.0.1:${proxy.port}${SSE}?X-Plex-Token=owner`);
    const titles: string[] = [];
    source.addEventListener("status", ({ data }) => titles.push(JSON.parse(data).StatusNotification.title));
    await expect.poll(() => server.hub.stats().streams.sse).toBe(1);
    for (let index = 0; index < 20; index++) await log.append([status(`${index}`)]);
    await expect.poll(() => titles).toHaveLength(20);
    expect(titles).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
    source.close();
  });
});
