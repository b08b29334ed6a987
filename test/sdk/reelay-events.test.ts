import { copyFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type GapEvent, PlexAPI, type ReelayEvent, type ReelaySubscribeOptions, SDKError } from "@reelay/sdk";
import { describe, expect, test } from "vitest";
import { lastingPort } from "../support/lasting-port.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";

const token = "token-of-the-tests";
const FILM = join(SAMPLES, "Films/The Cartographer's Daughter (2011)/The Cartographer's Daughter (2011).mkv");
/** Older than what may still be being copied. */
const LONG_AGO = new Date("2026-01-01T00:00:00Z");

function addFilm(folder: TemporaryFolder, title: string): void {
  const path = join(folder.path, `${title} (2001).mkv`);
  copyFileSync(FILM, path);
  utimesSync(path, LONG_AGO, LONG_AGO);
}

/** Subscribes, and keeps all that is told. */
function listen({ url }: { readonly url: string }, options: Omit<ReelaySubscribeOptions, "source"> = {}) {
  const events: (ReelayEvent | GapEvent)[] = [];
  const errors: Error[] = [];
  const { events: calls } = new PlexAPI({ serverURL: url, token });
  const subscription = calls.subscribe({ source: "reelay", reconnect: { maxDelayMs: 100 }, ...options });
  subscription.on("*", (event) => events.push(event));
  subscription.on("error", (error) => errors.push(error));
  return { subscription, events, errors, [Symbol.asyncDispose]: () => subscription.close() };
}

/** The documents as the server writes them, `earliest` and on, until one for which `last` holds. */
async function raw(server: ReelayProcess, last: (document: ReelayEvent) => boolean): Promise<ReelayEvent[]> {
  const response = await server.fetch("/api/v1/events?lastEventId=earliest");
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    const whole = text.slice(0, text.lastIndexOf("\n\n") + 1);
    const documents = [...whole.matchAll(/^data: (\{"id".*)$/gm)].map(([, data = ""]) => JSON.parse(data));
    const end = documents.findIndex(last);
    if (end !== -1) return documents.slice(0, end + 1);
  }
  throw new Error("the stream has ended");
}

const isCreated = (event: ReelayEvent | GapEvent) => event.type === "item.created";

describe.each(["websocket", "eventsource"] as const)("Reelay's own events by %s", (transport) => {
  test("are those of the log, and go on where they were when their server was killed", async () => {
    await using data = await temporaryFolder("sdk-data");
    await using media = await temporaryFolder("sdk-media");
    addFilm(media, "Film 0");
    const port = await lastingPort();
    const start = async () => {
      const server = await ReelayProcess.start({ dataDir: data.path, media: [media.path], token, port });
      await server.scanned();
      return server;
    };
    let server = await start();
    await using listening = listen(server, { transport, lastEventId: "earliest" });
    const { events, errors } = listening;
    await until(() => events.some(isCreated), "the first film");
    for (let round = 1; round <= 2; round++) {
      await server.end("SIGKILL");
      addFilm(media, `Film ${round}`);
      server = await start();
      await until(() => events.filter(isCreated).length === 1 + round, `film ${round}`);
    }
    // One that no client of Plex is told of.
    expect((await server.fetch("/identity", { headers: { "x-plex-client-identifier": "last" } })).status).toBe(200);
    const isLast = (event: ReelayEvent | GapEvent) =>
      event.type === "device.appeared" && event.facts.clientIdentifier === "last";
    await until(() => events.some(isLast), "the last event");
    const told = events.slice(0, events.findIndex(isLast) + 1) as ReelayEvent[];
    expect(told.at(-1)?.notification).toBeNull();
    // Progress that was told live may have been replaced by newer of its kind since; facts stay.
    const kept = await raw(server, isLast);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    expect(told.filter((event) => kept.some(({ id }) => id === event.id))).toEqual(kept);
    expect(errors).toEqual([]);
    await server.end("SIGKILL");
  });

  test("are typed, chosen by name at the sender, and go on in another subscription", async () => {
    await using data = await temporaryFolder("sdk-data");
    await using server = await ReelayProcess.start({ dataDir: data.path, token });
    const { events: calls } = new PlexAPI({ serverURL: server.url, token });
    const options = { source: "reelay", transport, types: ["preference.changed", "account.*"] } as const;
    const first = calls.subscribe(options);
    await first.ready();
    const change = async (query: string) => {
      expect((await server.fetch(`/:/prefs?${query}`, { method: "PUT" })).status).toBe(200);
    };
    await server.fetch("/", { headers: { "x-plex-client-identifier": "not asked for" } });
    await change("FriendlyName=Attic");
    const { value } = await first[Symbol.asyncIterator]().next();
    if (value?.type !== "preference.changed") return expect.unreachable();
    expect([value.facts.id, value.facts.value, value.subject]).toEqual([
      "FriendlyName",
      "Attic",
      "preference:FriendlyName",
    ]);
    expect(value.notification?.NotificationContainer).toMatchObject({ type: "preference", size: 1 });
    await first.close();
    await change("FriendlyName=Cellar&ButlerStartHour=3");
    const seen: unknown[] = [];
    for await (const event of calls.subscribe({ ...options, lastEventId: value.position })) {
      if (event.type === "preference.changed") seen.push(event.facts.value);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["Cellar", 3]);
  });

  test("a name that no event has ends it with the server's explanation; a server without them is told as such", async () => {
    await using data = await temporaryFolder("sdk-data");
    await using server = await ReelayProcess.start({ dataDir: data.path, token });
    await using misspelt = listen(server, { transport, types: ["itm.*"] });
    await expect(misspelt.subscription.closed).rejects.toMatchObject({ statusCode: 400 });
    expect(String((misspelt.errors[0] as SDKError | undefined)?.body)).toContain("no event is called itm.*");
    await using plex = await PlexStandIn.start({ token });
    await using elsewhere = listen(plex, { transport });
    await until(() => elsewhere.errors.length > 0, "the error");
    expect(elsewhere.errors[0]).toBeInstanceOf(SDKError);
    expect(elsewhere.errors[0]).toMatchObject({ statusCode: 404 });
  });
});

test("without a transport named, a name that no event has is refused as well, by whichever way", async () => {
  await using data = await temporaryFolder("sdk-data");
  await using server = await ReelayProcess.start({ dataDir: data.path, token });
  await using misspelt = listen(server, { types: ["itm.*"] });
  await expect(misspelt.subscription.closed).rejects.toMatchObject({ statusCode: 400 });
});
