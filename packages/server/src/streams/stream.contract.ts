import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TlsPair } from "../http/index.ts";
import type { Connect, StreamClient } from "./testing/stream-client.ts";
import { position, progress, type StreamServer, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

/** What a client may rely on, whatever transport it chose. Runs on streams that carry positions. */
export function streamContract(name: string, connect: Connect, tls?: () => TlsPair): void {
  describe(`stream: ${name}`, () => {
    let log: TestLog;
    let server: StreamServer;
    beforeEach(async () => {
      log = new TestLog();
      // A small ring, so that both it and the log are read.
      server = await startStreamServer(log.log, { ringBytes: 1_048_576, ...(tls && { tls: tls() }) });
    });
    afterEach(async () => {
      await server[Symbol.asyncDispose]();
      await log.close();
    });
    const open = (options: { token?: string; since?: string; filters?: string } = {}): Promise<StreamClient> =>
      connect({ port: server.port, ...options });

    test("tells what happens from now on, in order", async () => {
      await log.append([status("before")]);
      const client = await open();
      await log.append([status("a"), status("b")]);
      await log.append([status("c")]);
      await client.until(3);
      expect(client.texts).toEqual(["a", "b", "c"]);
      expect(client.received.map(({ id }) => id)).toEqual([2, 3, 4].map((seq) => position(seq)));
    });

    test("tells only what the filter lets through", async () => {
      const only = await open({ filters: "progress" });
      const except = await open({ filters: "-progress" });
      await log.append([status("a"), progress("b"), status("c"), progress("d")]);
      await Promise.all([only.until(2), except.until(2)]);
      expect(only.texts).toEqual(["b", "d"]);
      expect(except.texts).toEqual(["a", "c"]);
    });

    test("tells only what the account may see, live and replayed", async () => {
      const events = [
        status("own"),
        status("other", { kind: "section", sectionId: 2 }),
        status("admins", { kind: "admins" }),
        status("mine", { kind: "account", accountId: 2 }),
        status("last"),
      ];
      const live = await open({ token: "guest" });
      await log.append(events);
      await live.until(3);
      const replayed = await open({ token: "guest", since: "earliest" });
      await replayed.until(3);
      expect(live.texts).toEqual(["own", "mine", "last"]);
      expect(replayed.texts).toEqual(live.texts);
    });

    test("goes on after any position, without gap or duplicate, into what happens next", async () => {
      await log.append(Array.from({ length: 20 }, (_, index) => status(`${index + 1}`)));
      const clients = await Promise.all([0, 1, 7, 19, 20].map((seq) => open({ since: position(seq) })));
      await log.append([status("21"), status("22")]);
      for (const [index, from] of [0, 1, 7, 19, 20].entries()) {
        const client = clients[index];
        await client?.until(22 - from);
        expect(client?.texts).toEqual(Array.from({ length: 22 - from }, (_, offset) => `${from + offset + 1}`));
      }
    });

    test("begins with all that is kept when asked for the earliest", async () => {
      await log.append([status("a"), status("b")]);
      const client = await open({ since: "earliest" });
      await client.until(2);
      expect(client.texts).toEqual(["a", "b"]);
    });

    test("has a position at once, before anything happens", async () => {
      await log.append([status("a")]);
      const client = await open({ filters: "none" });
      await client.when(() => client.position !== undefined, "a position");
      expect(client.position).toBe(position(1));
    });

    test("is alive each 10 s, and its heartbeat's position is that of the stream, whatever the filter hides", async () => {
      const client = await open({ filters: "progress" });
      const witness = await open();
      await client.when(() => client.heartbeats === 1, "the first heartbeat");
      await log.append([status("hidden"), status("hidden too")]);
      await witness.until(2);
      server.clock.advance(10_000);
      await client.when(() => client.heartbeats === 2, "the second heartbeat");
      expect(client.position).toBe(position(2));
      server.clock.advance(10_000);
      await client.when(() => client.heartbeats === 3, "the third heartbeat");
    });

    describe("gaps", () => {
      test("of another history are told first, then all that is kept follows", async () => {
        await log.append([status("a"), status("b")]);
        const client = await open({ since: position(1, "00000000000000bb"), filters: "status" });
        await client.until(3);
        expect(client.texts).toEqual(["reelay.gap", "a", "b"]);
        expect(client.received[0]?.entry).toEqual({
          reason: "epoch",
          from: position(1, "00000000000000bb"),
          to: position(0),
        });
      });

      test("of a history that is shared in part repeat none of that part", async () => {
        await log.append([status("a"), status("b"), status("c")]);
        await log.share("00000000000000bb", 2);
        const client = await open({ since: position(9, "00000000000000bb") });
        await client.until(2);
        expect(client.texts).toEqual(["reelay.gap", "c"]);
      });

      test("are told for a position that lies ahead", async () => {
        await log.append([status("a")]);
        const client = await open({ since: position(9) });
        await client.until(1);
        expect(client.received[0]?.entry).toMatchObject({ reason: "ahead", to: position(1) });
        await log.append([status("b")]);
        await client.until(2);
        expect(client.texts).toEqual(["reelay.gap", "b"]);
      });

      test("are told where retention has removed something, and only to whom it would have been shown", async () => {
        await log.append([status("a"), status("b"), status("c")]);
        await log.removeThrough(2);
        const client = await open({ since: position(1) });
        await client.until(1);
        expect(client.received[0]?.entry).toMatchObject({ reason: "retention", from: position(1), to: position(2) });
        const unconcerned = await open({ since: position(1), filters: "activity" });
        await log.append([status("d")]);
        server.clock.advance(10_000);
        await unconcerned.when(() => unconcerned.heartbeats === 2, "a heartbeat");
        expect(unconcerned.received).toEqual([]);
      });

      test("lose nothing to a client that is cut right after the notice", async () => {
        await log.append([status("a"), status("b")]);
        const client = await open({ since: position(1, "00000000000000bb") });
        await client.until(1);
        const resumed = await open({ since: client.received[0]?.id ?? "" });
        await resumed.until(2);
        expect(resumed.texts).toEqual(["a", "b"]);
      });
    });

    test("waits for a client that stops reading, holds nobody else up, and goes on where it was", async () => {
      const slow = await open();
      const quick = await open();
      slow.pause();
      const titles: string[] = [];
      while (server.hub.stats().behind === 0 && titles.length < 2_000) {
        const batch = Array.from({ length: 10 }, (_, index) => `${titles.length + index} ${"x".repeat(50_000)}`);
        titles.push(...batch);
        await log.append(batch.map((title) => status(title)));
        await quick.until(titles.length);
      }
      expect(server.hub.stats().behind).toBe(1);
      // However much more comes, no more is held for it.
      const more = Array.from({ length: 100 }, (_, index) => `${titles.length + index} ${"x".repeat(50_000)}`);
      titles.push(...more);
      await log.append(more.map((title) => status(title)));
      await quick.until(titles.length);
      expect(server.hub.stats().queuedBytes).toBeLessThan(2 * 1_048_576);
      await log.append([status("while it was behind")]);
      slow.resume();
      await slow.until(titles.length + 1);
      await log.append([status("live again")]);
      await Promise.all([slow.until(titles.length + 2), quick.until(titles.length + 2)]);
      expect(slow.texts).toEqual([...titles, "while it was behind", "live again"]);
      expect(quick.texts).toEqual(slow.texts);
      expect(server.hub.stats().behind).toBe(0);
    });

    test("is ended when nothing of what is queued has left for 30 s", async () => {
      const stuck = await open();
      stuck.pause();
      while (server.hub.stats().behind === 0) {
        await log.append(Array.from({ length: 10 }, () => status("x".repeat(50_000))));
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (let beats = 0; beats < 4; beats++) server.clock.advance(10_000);
      expect(streams(server)).toBe(0);
      stuck.resume();
      await stuck.when(() => stuck.end !== undefined, "the end");
      expect(stuck.end?.orderly).toBe(true);
      expect(stuck.end?.code ?? 1013).toBe(1013);
    });

    test("ends in order when the server stops", async () => {
      const client = await open();
      await log.append([status("a")]);
      await client.until(1);
      await server.hub.close();
      await client.when(() => client.end !== undefined, "the end");
      expect(client.end?.orderly).toBe(true);
      expect(client.end?.code ?? 1001).toBe(1001);
    });

    test("is forgotten when its client goes", async () => {
      const client = await open();
      expect(streams(server)).toBe(1);
      client.cut();
      await client.when(() => streams(server) === 0, "the stream to be forgotten");
      expect(server.hub.stats().groups).toBe(0);
    });

    test("follows its account's rights, as they are when something is sent", async () => {
      const client = await open({ token: "guest" });
      const second = (title: string) => status(title, { kind: "section", sectionId: 2 });
      await log.append([second("not yet"), status("a")]);
      await client.until(1);
      server.hub.regroup(2, { accountId: 2, admin: false, sections: new Set([2]) });
      await log.append([status("not any more"), second("b")]);
      await client.until(2);
      expect(client.texts).toEqual(["a", "b"]);
    });

    test.each(["token", "account"])("ends when its %s may not read any more", async (what) => {
      const guest = await open({ token: "guest" });
      const owner = await open();
      if (what === "token") server.hub.closeToken("guest");
      else server.hub.closeAccount(2);
      await guest.when(() => guest.end !== undefined, "the end");
      expect(guest.end?.orderly).toBe(true);
      await log.append([status("a")]);
      await owner.until(1);
    });

    test("is refused without a valid token before anything else", async () => {
      await expect(open({ token: "wrong" })).rejects.toMatchObject({ status: 401 });
      expect(streams(server)).toBe(0);
    });
  });
}

function streams(server: StreamServer): number {
  return Object.values(server.hub.stats().streams).reduce((sum, count) => sum + count, 0);
}
