import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { MINUTE } from "./testing/rig.ts";
import { scannedRig } from "./testing/scanned.ts";

test("what cannot be meant is refused, and nothing is told", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const good = { ratingKey, state: "playing", time: 0 };
  const bad: [Record<string, string | number>, number, RegExp][] = [
    [{ ...good, time: -1 }, 400, /time/],
    [{ ...good, time: "NaN" }, 400, /time/],
    [{ ...good, time: "1e3" }, 400, /time/],
    [{ ...good, time: "0x10" }, 400, /time/],
    [{ ...good, time: "99999999999999" }, 400, /time/],
    [{ ...good, state: "dancing" }, 400, /state/],
    [{ ratingKey, time: 0 }, 400, /state/],
    [{ state: "playing" }, 400, /ratingKey/],
    [{ ...good, ratingKey: "x" }, 400, /ratingKey/],
    [{ ...good, updated: "yesterday" }, 400, /updated/],
    [{ ...good, ratingKey: 4711 }, 404, /4711/],
    [{ ...good, ratingKey: rig.keyOf("Tide") }, 404, /played/],
  ];
  for (const [told, status, detail] of bad) {
    const reply = await rig.report(told);
    expect([reply.statusCode, reply.json().error.detail], JSON.stringify(told)).toEqual([
      status,
      expect.stringMatching(detail),
    ]);
  }
  const nameless = await rig.ask(`/:/timeline?ratingKey=${ratingKey}&state=playing&time=0`);
  expect(nameless.json().error).toMatchObject({
    code: "REELAY_INVALID_PARAMETER",
    detail: expect.stringContaining("X-Plex-Client-Identifier"),
  });
  expect(await rig.told()).toEqual([]);
});

test("past the end is the end; the key is as good as the ratingKey; what nobody uses is passed over", async () => {
  await using rig = await scannedRig();
  const told = { state: "playing", time: 101 * MINUTE, duration: -1, playQueueItemID: "", hasMDE: 1, timeStalled: 0 };
  const reply = await rig.report({ ...told, key: `/library/metadata/${rig.keyOf("Alpha")}` });
  expect(reply.statusCode).toBe(200);
  expect((await rig.events())[0]?.facts).toMatchObject({ viewOffset: 100 * MINUTE, duration: 100 * MINUTE });
});

test("an account does not learn of items in sections that it may not use", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const unknown = await rig.report({ ratingKey: 4711, state: "playing", time: 0 }, { who: "kim" });
  const forbidden = await rig.report({ ratingKey, state: "playing", time: 0 }, { who: "kim" });
  expect(forbidden.statusCode).toBe(404);
  expect(forbidden.body).toBe(unknown.body.replaceAll("4711", String(ratingKey)));
  for (const path of ["/:/scrobble", "/:/unscrobble", "/:/rate?rating=5", "/:/progress?time=5"]) {
    const [plain = "", query = ""] = path.split("?");
    expect((await rig.ask(`${plain}?key=${ratingKey}&${query}`, "kim")).statusCode, path).toBe(404);
  }
  expect(await rig.told()).toEqual([]);
});

test("a player that reports without end is told to wait; its last word and every change still count", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const statuses: number[] = [];
  for (let report = 0; report < 200; report++) {
    const reply = await rig.report({ ratingKey, state: "playing", time: report });
    statuses.push(reply.statusCode);
    if (reply.statusCode === 429) expect(reply.headers["retry-after"]).toBe("1");
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect(statuses.slice(20).every((status) => status === 429)).toBe(true);
  expect((await rig.report({ ratingKey, state: "paused", time: 500 })).statusCode).toBe(200);
  expect((await rig.report({ ratingKey, state: "playing", time: 0 }, { player: "other" })).statusCode).toBe(200);
  expect(await rig.told()).toEqual(["session.started", "session.progressed", "session.paused", "session.started"]);
  rig.clock.advance(1_000);
  expect((await rig.report({ ratingKey, state: "paused", time: 600 })).statusCode).toBe(200);
});

test("a player that sends ahead without end is read no faster than it is answered, and nobody waits for it", async () => {
  await using rig = await scannedRig();
  await rig.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = rig.app.server.address() as AddressInfo;
  const query = `ratingKey=${rig.keyOf("Alpha")}&state=playing&time=1`;
  const head = (player: string) =>
    `GET /:/timeline?${query} HTTP/1.1\r\nHost: localhost\r\nX-Plex-Token: owner\r\nX-Plex-Client-Identifier: ${player}\r\n\r\n`;
  const talk = (text: string) => {
    const socket = connect(port, "127.0.0.1");
    let answers = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      answers += chunk;
    });
    socket.write(text);
    const count = (status: string) => answers.split(`HTTP/1.1 ${status}`).length - 1;
    return { count, end: () => socket.destroy() };
  };
  const flood = talk(head("tv").repeat(3_000));
  // The answer after these is held, and so is each behind it.
  await expect.poll(() => flood.count("429")).toBe(20);
  const other = talk(head("phone"));
  await expect.poll(() => other.count("200")).toBe(1);
  expect([flood.count("200"), flood.count("429")]).toEqual([20, 20]);
  await expect
    .poll(() => {
      rig.clock.advance(1_000);
      return flood.count("200") + flood.count("429");
    })
    .toBe(3_000);
  for (const { end } of [flood, other]) end();
});

test("of many reports in a second two are told, the last one always, also when the clock is set back", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: 0 });
  rig.clock.advance(10_000);
  await rig.events();
  for (let report = 1; report <= 18; report++) {
    await rig.report({ ratingKey, state: "playing", time: 70_000 + report });
    rig.clock.advance(50);
  }
  rig.clock.advance(500);
  const told = await rig.events();
  expect(told.map(({ type }) => type)).toEqual(told.map(() => "session.progressed"));
  expect(told.length).toBeLessThanOrEqual(3);
  expect(told.at(-1)?.facts).toMatchObject({ viewOffset: 70_018 });
  expect(await rig.item(ratingKey)).toMatchObject({ viewOffset: 70_018 });
});

test("a disk that refuses is told, and the next report goes on from what was stored", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.report({ ratingKey, state: "playing", time: 0 });
  await rig.events();
  await rig.library.database.transaction((tx) => {
    tx.run("CREATE TRIGGER refuse BEFORE UPDATE ON sessions BEGIN SELECT raise(ABORT, 'no'); END");
  });
  expect((await rig.report({ ratingKey, state: "paused", time: 1 })).statusCode).toBe(500);
  await rig.library.database.transaction((tx) => {
    tx.run("DROP TRIGGER refuse");
  });
  expect(await rig.told()).toEqual([]);
  await rig.report({ ratingKey, state: "paused", time: 1 });
  await rig.report({ ratingKey, state: "playing", time: 1 });
  expect(await rig.told()).toEqual(["session.paused", "session.resumed"]);
});
