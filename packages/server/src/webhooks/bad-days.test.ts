import { readFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { selfSigned } from "../../../../test/support/certificates.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { until } from "../../../../test/support/wait.ts";
import { AddressPolicy } from "./address-policy.ts";
import type { Attempt } from "./delivery.ts";
import type { Hook } from "./hook.ts";
import { keep } from "./testing/keep.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { ok, Receiver, rawReceiver } from "./testing/receiver.ts";
import { DAY, MINUTE, SECOND, sessionEvent, WebhookRig } from "./testing/rig.ts";

const openRig = async (hooks: readonly Hook[], options: Parameters<typeof WebhookRig.open>[0] = {}) =>
  keep(await WebhookRig.open({ hooks, ...options }));

const raw = async (onConnection: (socket: Socket) => void) => keep(await rawReceiver(onConnection));

/** Tells one event and does not wait for what becomes of it. */
const tell = (rig: WebhookRig, session = 1) =>
  rig.database.transaction((tx) => void rig.outbox.append(tx, [sessionEvent("started", { session })]));

function attempts(rig: WebhookRig, index = 0): Attempt[] {
  return rig.webhooks.attempts.of(rig.deliveries()[index]?.seq ?? 0);
}

/** Until one attempt is recorded, moving time on while nothing happens. */
async function attempted(rig: WebhookRig, step = 0): Promise<Attempt | undefined> {
  await until(() => {
    if (step > 0 && rig.webhooks.courier.busy > 0) rig.manual.advance(step);
    return attempts(rig).length > 0;
  }, "an attempt");
  return attempts(rig)[0];
}

describe("a receiver that", () => {
  test("hangs is given up after 15 seconds, and delays no other", async () => {
    let asked = 0;
    const hanging = await raw((socket) => socket.on("data", () => asked++));
    const good = keep(await Receiver.open());
    const rig = await openRig([aHook("hanging", hanging.url), aHook("good", good.url)]);
    await tell(rig);
    await until(() => good.received.length === 1 && asked > 0, "the other to be told");
    await until(() => rig.webhooks.courier.busy === 1, "the other to be done");
    rig.manual.advance(14 * SECOND);
    expect(rig.webhooks.courier.busy).toBe(1);
    rig.manual.advance(SECOND);
    await until(() => rig.webhooks.courier.busy === 0, "it to be given up");
    const [own] = rig.deliveries().filter(({ hookId }) => hookId === "hanging");
    expect(rig.webhooks.attempts.of(own?.seq ?? 0)).toMatchObject([{ status: null, error: "REELAY_DELIVERY_TIMEOUT" }]);
  });

  test("resets the connection has failed", async () => {
    const receiver = await raw((socket) => socket.on("data", () => socket.resetAndDestroy()));
    const rig = await openRig([aHook("a", receiver.url)]);
    await tell(rig);
    expect(await attempted(rig)).toMatchObject({ status: null, error: "REELAY_DELIVERY_CUT" });
  });

  test("refuses connections has failed", async () => {
    const rig = await openRig([aHook("a", "http://127.0.0.1:9/hook")]);
    await tell(rig);
    expect(await attempted(rig)).toMatchObject({ error: "REELAY_DELIVERY_UNREACHABLE" });
  });

  test("answers a byte a minute is given up after 15 seconds", async () => {
    let rig: WebhookRig | undefined;
    const receiver = await raw((socket) => {
      const answer = "HTTP/1.1 200 OK\r\n\r\n";
      let sent = 0;
      socket.once("data", () => {
        socket.write(answer[sent++] ?? "");
        rig?.clock.every(MINUTE, () => socket.write(answer[sent++] ?? ""));
      });
    });
    rig = await openRig([aHook("a", receiver.url)]);
    await tell(rig);
    expect(await attempted(rig, 100)).toMatchObject({ status: null, error: "REELAY_DELIVERY_TIMEOUT" });
  });

  test("says 200 and then a byte a minute has taken it", async () => {
    const receiver = await raw((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")),
    );
    const rig = await openRig([aHook("a", receiver.url)]);
    await tell(rig);
    expect(await attempted(rig, 100)).toMatchObject({ status: 200, error: null, detail: { answer: { cut: true } } });
  });

  test("answers a gigabyte is read for 64 KiB", async () => {
    const piece = Buffer.alloc(65_536, "x");
    let sent = 0;
    const receiver = keep(
      await Receiver.open((_received, response) => {
        response.writeHead(200, { "content-length": String(2 ** 30) });
        const more = () => {
          while (sent < 2 ** 30 && !response.destroyed) {
            sent += piece.length;
            if (!response.write(piece)) return void response.once("drain", more);
          }
        };
        more();
      }),
    );
    const rig = await openRig([aHook("a", receiver.url)]);
    await tell(rig);
    expect(await attempted(rig)).toMatchObject({ status: 200, error: null, detail: { answer: { cut: true } } });
    expect((await attempted(rig))?.detail.answer?.body.length).toBeLessThanOrEqual(65_536);
    // What the system's buffers took besides.
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a head without an end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(200_000)}\r\n\r\n`],
    ["a status that is none", "HTTP/1.1 99999 What\r\nContent-Length: 0\r\n\r\n"],
    ["another protocol from now on", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
  ])("answers %s has failed: that is no answer to a request", async (_what, answer) => {
    const receiver = await raw((socket) => void socket.once("data", () => socket.write(answer)));
    const rig = await openRig([aHook("a", receiver.url)]);
    await tell(rig);
    expect(await attempted(rig)).toMatchObject({ error: "REELAY_DELIVERY_BAD_ANSWER" });
  });

  test("fails half the time gets everything in the end, each once", async () => {
    let asked = 0;
    const receiver = keep(
      await Receiver.open((_one, response) => void response.writeHead(asked++ % 2 ? 200 : 500).end()),
    );
    const rig = await openRig([aHook("a", receiver.url, { maxAge: { live: null, record: null } })]);
    for (let session = 0; session < 20; session++) await rig.tell(sessionEvent("started", { session }));
    await until(async () => {
      await rig.pass(10 * MINUTE, 10 * SECOND);
      return rig.deliveries().every(({ state }) => state === "delivered");
    }, "all to be delivered");
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(20);
    expect(rig.hooks.get("a")).toMatchObject({ enabled: true });
  });

  test("closes kept connections just when the next request comes is sent it again at once", async () => {
    let answered = 0;
    const receiver = await raw((socket) => {
      let asked = 0;
      socket.on("data", (chunk) => {
        if (!chunk.includes("POST /hook")) return;
        if (asked++ > 0) return void socket.destroy();
        answered++;
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    const rig = await openRig([aHook("a", receiver.url)]);
    for (let session = 0; session < 5; session++) await rig.tell(sessionEvent("started", { session }));
    expect(rig.deliveries().map(({ state, attempts }) => [state, attempts])).toEqual(
      Array.from({ length: 5 }, () => ["delivered", 1]),
    );
    expect(answered).toBe(5);
    expect(attempts(rig, 1)[0]?.detail.reconnected).toBe(1);
  });

  test("works on a request and then closes the kept connection has failed, and is not asked again at once", async () => {
    let asked = 0;
    const receiver = await raw((socket) => {
      socket.on("data", (chunk) => {
        if (!chunk.includes("POST /hook")) return;
        if (asked++ === 0) return void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        rig.manual.advance(3 * SECOND);
        socket.destroy();
      });
    });
    const rig = await openRig([aHook("a", receiver.url)]);
    await rig.tell(sessionEvent("started", { session: 1 }));
    await tell(rig, 2);
    await until(() => attempts(rig, 1).length > 0, "the second to fail");
    expect(attempts(rig, 1)[0]).toMatchObject({ status: null, error: "REELAY_DELIVERY_CUT" });
    expect(attempts(rig, 1)[0]?.detail.reconnected).toBeUndefined();
    expect(asked).toBe(2);
  });

  test.each([undefined, "0"])(
    "has a wrong certificate gets nothing, until the hook knows its authority (%s)",
    async (unsafe) => {
      // What an environment says of certificates is for other programs.
      vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", unsafe);
      keep({ [Symbol.asyncDispose]: async () => void vi.unstubAllEnvs() });
      const folder = keep(await temporaryFolder("hook-tls"));
      const files = await selfSigned(folder.path, "hook.test");
      const [cert, key] = [readFileSync(files.cert, "utf8"), readFileSync(files.key, "utf8")];
      let asked = 0;
      const server = createHttpsServer({ cert, key }, (request, response) => {
        asked++;
        request.resume().on("end", () => response.end());
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      keep({ [Symbol.asyncDispose]: async () => void server.close() });
      const policy = new AddressPolicy(async () => [{ address: "127.0.0.1", family: 4 }]);
      const url = `https://hook.test:${(server.address() as AddressInfo).port}/`;
      const rig = await openRig([aHook("a", url)], { options: { policy } });
      await tell(rig);
      expect(await attempted(rig)).toMatchObject({ status: null, error: "REELAY_DELIVERY_TLS" });
      expect(asked).toBe(0);
      rig.hooks.change("a", { ca: cert });
      await until(() => rig.deliveries()[0]?.state === "delivered", "it to be delivered");
      expect(attempts(rig)[1]).toMatchObject({ status: 200, detail: { timings: { tls: expect.any(Number) } } });
      expect(asked).toBe(1);
    },
  );

  test("has a name that cannot be looked up has failed", async () => {
    const policy = new AddressPolicy(() =>
      Promise.reject(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" })),
    );
    const rig = await openRig([aHook("a", "http://nowhere.test/")], { options: { policy } });
    await tell(rig);
    expect(await attempted(rig)).toMatchObject({ status: null, error: "REELAY_DELIVERY_NAME" });
  });
});

test("a hundred dead hooks among a thousand hold up none of the living", async () => {
  let held = 0;
  const dead = await raw((socket) => socket.once("data", () => held++));
  const good = keep(await Receiver.open());
  const hooks = Array.from({ length: 1_000 }, (_, index) =>
    index % 10 === 0 ? aHook(`dead-${index}`, dead.url) : aHook(`good-${index}`, `${good.url}/${index}`),
  );
  const rig = await openRig(hooks);
  await tell(rig);
  await tell(rig, 2);
  await until(
    () => good.received.length === 1_800,
    () => `${good.received.length} of 1,800`,
  );
  // They are still being waited for, with one request each.
  await until(() => held === 100, "the dead to be asked");
  await until(() => rig.webhooks.courier.busy === 100, "the living to be done");
  expect(new Set(good.received.map(({ path }) => path)).size).toBe(900);
});

test("on a full disk nothing more is sent, nothing is sent twice, and all goes on when there is room", async () => {
  const receiver = keep(await Receiver.open(ok));
  const rig = await openRig([aHook("a", receiver.url, { maxAge: { live: DAY, record: DAY } })]);
  const limit = (pages: number) => rig.database.transaction((tx) => void tx.get(`PRAGMA max_page_count = ${pages}`));
  let answer: (() => void) | undefined;
  receiver.behaviour = (_received, response) => {
    answer = () => void response.writeHead(200).end();
  };
  await tell(rig);
  await until(() => answer !== undefined, "the first request");
  await tell(rig, 2);
  await limit(1);
  // What came of it cannot be recorded.
  await fill(rig);
  answer?.();
  receiver.behaviour = ok;
  await until(() => rig.webhooks.courier.isBlocked, "the record to be refused");
  rig.manual.advance(10 * MINUTE);
  await limit(1_000_000);
  await until(() => {
    rig.manual.advance(SECOND);
    return rig.deliveries().length === 2 && rig.deliveries().every(({ state }) => state === "delivered");
  }, "both to be delivered");
  expect(receiver.received).toHaveLength(2);
});

/** Until there is room for nothing in the table of attempts. */
async function fill(rig: WebhookRig): Promise<void> {
  const sql = `INSERT INTO attempts (delivery, number, at, detail)
    SELECT 1, coalesce(max(number), 0) + 1, 0, ? FROM attempts WHERE delivery = 1`;
  for (const bytes of [2_000, 200, 20]) {
    let isFull = false;
    while (!isFull) {
      const filling = rig.database.transaction((tx) => void tx.run(sql, "x".repeat(bytes)));
      isFull = await filling.then(
        () => false,
        () => true,
      );
    }
  }
}
