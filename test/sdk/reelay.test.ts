import { copyFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { PlexAPI } from "@reelay/sdk";
import { expect, test } from "vitest";
import { lastingPort } from "../support/lasting-port.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { listen } from "./stand-in/listen.ts";

const token = "token-of-the-tests";

const FILM = join(SAMPLES, "Films/The Cartographer's Daughter (2011)/The Cartographer's Daughter (2011).mkv");
/** Older than what may still be being copied. */
const LONG_AGO = new Date("2026-01-01T00:00:00Z");

function addFilm(folder: string, title: string): void {
  const path = join(folder, `${title} (2001).mkv`);
  copyFileSync(FILM, path);
  utimesSync(path, LONG_AGO, LONG_AGO);
}

async function refresh(server: ReelayProcess): Promise<void> {
  await server.fetch("/library/sections/all/refresh", { method: "POST" });
}

test("the lines of connectWebSocket are those that the server gives to the unmodified plexjs", async () => {
  await using data = await temporaryFolder("sdk-data");
  await using media = await temporaryFolder("sdk-media");
  addFilm(media.path, "First");
  await using server = await ReelayProcess.start({ dataDir: data.path, media: [media.path], token });
  await server.scanned();

  const stream = await new PlexAPI({ serverURL: server.url, token }).events.connectWebSocket({});
  const octets = await server.fetch("/:/websocket/notifications", { headers: { accept: "application/octet-stream" } });
  expect(octets.headers.get("content-type")).toBe("application/octet-stream");
  const [ours, theirs] = [gather(stream), gather(octets.body ?? expect.unreachable())];
  addFilm(media.path, "Second");
  await refresh(server);
  const isDone = (text: string) => text.includes("Library scan complete") && text.endsWith("\n");
  await until(() => isDone(ours.text) && isDone(theirs.text), "the scan to be told");
  expect(ours.text.split("\n").length).toBeGreaterThan(4);
  expect(ours.text).toBe(theirs.text);
  await stream.close();
  await theirs.cancel();
});

test.each(["websocket", "eventsource"] as const)(
  "by %s, a subscription goes on where it was when its server was killed, and hears all from the beginning if asked",
  async (transport) => {
    await using data = await temporaryFolder("sdk-data");
    await using media = await temporaryFolder("sdk-media");
    addFilm(media.path, "First");
    const port = await lastingPort();
    let server = await ReelayProcess.start({ dataDir: data.path, media: [media.path], token, port });
    await server.scanned();
    await using listening = listen({ url: server.url, token }, { transport, lastEventId: "earliest" });
    const { subscription, events } = listening;
    const scans = () =>
      events.filter((event) => event.type === "status" && event.entry.title === "Library scan complete").length;
    const created = () => events.filter((event) => event.type === "timeline" && event.entry.state === 0);
    await until(() => scans() >= 1, "the scan of before");
    expect(events.some((event) => event.type === "timeline" && event.entry.state === 0)).toBe(true);

    for (let round = 0; round < 3; round++) {
      const before = subscription.lastEventId;
      const scansBefore = scans();
      await server.end("SIGKILL");
      addFilm(media.path, `Film ${round}`);
      server = await ReelayProcess.start({ dataDir: data.path, media: [media.path], token, port });
      await server.scanned();
      await refresh(server);
      // How many scans a start tells is not fixed (the start's own, the one asked for, a follow-up), so what was heard
      // before is no measure for what has arrived since: only the new film and a scan later than the cut are.
      await until(() => scans() > scansBefore && created().length === 2 + round, "the scan after the restart");
      expect(subscription.lastEventId).not.toBe(before);
    }
    const ids = events.flatMap((event) => ("id" in event && event.id !== undefined ? [event.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
    // An epoch that is renewed, since the last commits may be lost with the machine, is announced as such; a restart alone renews none.
    expect(events.filter(({ type }) => type === "gap")).toEqual([]);
    expect(listening.errors).toEqual([]);
    expect(created()).toHaveLength(4);
    await subscription.close();
    await server.end("SIGTERM");
  },
);

function gather(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const gathered = { text: "", cancel: () => reader.cancel() };
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      gathered.text += decoder.decode(value, { stream: true });
    }
  })();
  return gathered;
}
