import type { WebhookEventName } from "@reelay/protocol";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { createWebhookReceiver, WebhookError, type WebhookReceiver } from "../webhooks.ts";
import { type TestDeliveryOptions, testDelivery, testRequest } from "./testing.ts";
import type { WebhookReceiverOptions } from "./types.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_b3RoZXIgc2VjcmV0IG9mIGEgaG9vaw==";
const SERVER = "54664a3d8acc39983675640ec9ce00b70af9cc36";

/** A receiver that keeps what it was told. */
function receiving(options: WebhookReceiverOptions = {}) {
  const receiver = createWebhookReceiver(options);
  const told: string[] = [];
  const errors: unknown[] = [];
  receiver.onAny(({ event }) => void told.push(event)).onError((error) => void errors.push(error));
  const send = async (event: WebhookEventName, delivery: TestDeliveryOptions = {}) => {
    const response = await receiver.fetch(await testRequest(event, delivery));
    await receiver.settled();
    return response.status;
  };
  const codes = () => errors.map((error) => (error instanceof WebhookError ? error.code : String(error)));
  return { receiver, told, errors, codes, send };
}

describe("a delivery", () => {
  test.each(["plex", "json"] as const)("in the form %s reaches the handlers of its event, typed", async (format) => {
    const receiver = createWebhookReceiver();
    const told: unknown[] = [];
    receiver
      .on("media.play", (delivery) => {
        expectTypeOf(delivery.payload.Player.title).toEqualTypeOf<string | undefined>();
        told.push(
          delivery.event,
          delivery.payload.Player.title,
          delivery.payload.Metadata.title,
          delivery.thumb?.contentType,
        );
      })
      .on(["media.stop", "library.new"], (delivery) => {
        expectTypeOf(delivery.event).toEqualTypeOf<"media.stop" | "library.new">();
        told.push("never");
      })
      .onAny((delivery) => {
        if (delivery.event === "media.rate") expectTypeOf(delivery.json).not.toBeAny();
      });
    expect((await receiver.fetch(await testRequest("media.play", { format }))).status).toBe(200);
    await receiver.settled();
    expect(told).toEqual(["media.play", "Living Room TV", "The Long Tide", "image/jpeg"]);
  });

  test("of an event of tomorrow reaches onAny", async () => {
    const { receiver, told } = receiving();
    const body = JSON.stringify({ event: "media.dance" });
    await receiver.fetch(new Request("http://x/", { method: "POST", body }));
    await receiver.settled();
    expect(told).toEqual(["media.dance"]);
  });

  test("can be read without HTTP", async () => {
    const { url, headers, body } = await testDelivery("media.rate", { id: "msg_1", eventTime: 1_700_000_000_000 });
    const receiver = createWebhookReceiver();
    const delivery = await receiver.parse({ url, headers: new Headers(headers), body });
    expect(delivery).toMatchObject({
      id: "msg_1",
      eventTime: 1_700_000_000_000,
      trust: "none",
      payload: { rating: 8 },
    });
    expect((await receiver.parse({ headers: {}, body: '{"event":"device.new"}' })).payload.Player).toEqual({});
  });
});

describe("trust by signature", () => {
  test.each([
    ["of the secret", { signingSecret: SECRET }, 200, undefined],
    ["of the older one of two", { signingSecret: OTHER }, 200, undefined],
    ["of another secret", { signingSecret: "whsec_bm9uZSBvZiB0aGVtIGF0IGFsbA==" }, 401, "bad-signature"],
    ["of an hour ago", { signingSecret: SECRET, time: Date.now() - 3_600_000 }, 401, "stale"],
    ["of in an hour", { signingSecret: SECRET, time: Date.now() + 3_600_000 }, 401, "stale"],
    ["missing", {}, 401, "not-signed"],
  ] as const)("%s", async (_what, delivery, status, code) => {
    const { send, told, codes } = receiving({ signingSecrets: [SECRET, OTHER] });
    expect(await send("media.play", delivery)).toBe(status);
    expect(codes()).toEqual(code === undefined ? [] : [code]);
    expect(told).toEqual(code === undefined ? ["media.play"] : []);
  });

  test("is of every byte: of the body, the id and the time", async () => {
    const { receiver, codes } = receiving({ signingSecrets: SECRET });
    const { url, headers, body } = await testDelivery("media.play", { signingSecret: SECRET });
    const changed = body.slice();
    changed[200] = (changed[200] ?? 0) ^ 1;
    await receiver.fetch(new Request(url, { method: "POST", headers, body: changed }));
    await receiver.fetch(new Request(url, { method: "POST", headers: { ...headers, "webhook-id": "msg_2" }, body }));
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    await receiver.fetch(
      new Request(url, { method: "POST", headers: { ...headers, "webhook-timestamp": later }, body }),
    );
    expect(codes()).toEqual(["bad-signature", "bad-signature", "bad-signature"]);
  });

  test("takes a header of several signatures, and of other versions", async () => {
    const { url, headers, body } = await testDelivery("media.play", { signingSecret: SECRET });
    const many = `v1a,abcd v1,AAAA ${headers["webhook-signature"]}`;
    const { receiver } = receiving({ signingSecrets: SECRET });
    const response = await receiver.fetch(
      new Request(url, { method: "POST", headers: { ...headers, "webhook-signature": many }, body }),
    );
    expect(response.status).toBe(200);
  });

  test("knows the published example of Standard Webhooks", async () => {
    const headers = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const receiver = createWebhookReceiver({ signingSecrets: SECRET, toleranceSeconds: 1e12 });
    // The signature fits: what is refused is that the example is no webhook of a media server.
    await expect(receiver.parse({ headers, body: '{"test": 2432232314}' })).rejects.toMatchObject({
      code: "not-a-webhook",
    });
    await expect(receiver.parse({ headers, body: '{"test": 2432232315}' })).rejects.toMatchObject({
      code: "bad-signature",
    });
  });

  test.each([
    [60, 401],
    [600, 200],
  ])("of five minutes ago is answered, with a tolerance of %i seconds, with %i", async (toleranceSeconds, status) => {
    const { send } = receiving({ signingSecrets: SECRET, toleranceSeconds });
    expect(await send("media.play", { signingSecret: SECRET, time: Date.now() - 300_000 })).toBe(status);
  });
});

describe("options that cannot be meant", () => {
  test.each<[options: object, complaint: RegExp]>([
    [{ signingSecrets: "whsec_not base64" }, /whsec_ and Base64/],
    [{ secret: "" }, /secret must be a text/],
    [{ secret: process.env.REELAY_IS_NOT_SET }, /secret must be .*leave it out/],
    [{ secret: ["a-secret", ""] }, /secret must be/],
    [{ signingSecrets: [] }, /signingSecrets must be/],
    [{ signingSecrets: undefined }, /signingSecrets must be/],
    [{ allowServers: [] }, /allowServers must be/],
    [{ signingSecret: SECRET }, /signingSecret is no option .*did you mean signingSecrets\?/],
    [{ toString: 1 }, /toString is no option/],
    [{ maxThumbBytes: "5mb" }, /maxThumbBytes must be a number/],
    [{ maxPayloadBytes: Number.NaN }, /maxPayloadBytes must be a number/],
    [{ toleranceSeconds: -1 }, /toleranceSeconds must be a number/],
    [{ dedupeWindowMs: null }, /dedupeWindowMs must be a number/],
    [{ ack: "later" }, /ack must be "before" or "after"/],
    [{ thumb: "no" }, /thumb must be true or false/],
  ])("%j are mistakes of the program, and let nobody in", (options, complaint) => {
    expect(() => createWebhookReceiver(options)).toThrow(TypeError);
    expect(() => createWebhookReceiver(options)).toThrow(complaint);
  });

  test("are not those that are undefined and have a default", async () => {
    const options = { maxThumbBytes: undefined, ack: undefined, filter: undefined } as object;
    expect(await receiving(options).send("media.play")).toBe(200);
  });

  test("are events that nobody sends, since their handlers would never be called", () => {
    const misspelt = "media.plya" as WebhookEventName;
    expect(() => createWebhookReceiver().on(misspelt, () => undefined)).toThrow(/did you mean media\.play\?/);
    expect(() => createWebhookReceiver().on(["media.stop", misspelt], () => undefined)).toThrow(TypeError);
    // @ts-expect-error and TypeScript says so, too.
    expect(() => createWebhookReceiver().on("media.dance", () => undefined)).toThrow(TypeError);
  });
});

describe("trust by the URL and by the server", () => {
  test.each([
    ["http://x/hook?secret=s3cret", 200],
    ["http://x/hook?a=1&token=s3cret", 200],
    ["http://x/hooks/s3cret/plex", 200],
    ["http://x/hook?secret=s3cre", 401],
    ["http://x/hook?secret=s3crets", 401],
    ["http://x/hook", 401],
    ["http://x/hook?other=s3cret", 401],
    ["http://x//s3cret", 200],
    ["http://x//?token=s3cret", 200],
  ])("%s is answered with %i", async (url, status) => {
    expect(await receiving({ secret: "s3cret" }).send("media.play", { url })).toBe(status);
  });

  test("a request line may hold what no URL may", async () => {
    const { headers, body } = await testDelivery("media.play");
    const receiver = createWebhookReceiver({ secret: "s3cret" });
    for (const url of ["//", "//?", "http://[", "/%", "", "*"])
      await expect(receiver.parse({ url, headers, body })).rejects.toMatchObject({ code: "wrong-secret" });
    for (const url of ["//s3cret", "//?secret=s3cret", "/a?b?secret=1&token=s3cret#c"])
      await expect(receiver.parse({ url, headers, body })).resolves.toMatchObject({ trust: "secret" });
  });

  test("a signature does without the secret, and what is not signed needs it", async () => {
    const { send } = receiving({ secret: "s3cret", signingSecrets: SECRET });
    expect(await send("media.play", { signingSecret: SECRET })).toBe(200);
    expect(await send("media.stop", { url: "http://x/?secret=s3cret" })).toBe(200);
    expect(await send("media.pause")).toBe(401);
    expect(await send("media.pause", { url: "http://x/?secret=s3cret", signingSecret: OTHER })).toBe(401);
  });

  test("only allowed servers are listened to, whatever else fits", async () => {
    const { send, codes } = receiving({ allowServers: [SERVER] });
    const foreign = { payload: { Server: { title: "Other", uuid: "abc" } } };
    expect(await send("media.play")).toBe(200);
    expect(await send("media.play", foreign)).toBe(403);
    // One may be named without a list, and is not looked for within a text.
    expect(await receiving({ allowServers: SERVER }).send("media.play")).toBe(200);
    expect(await receiving({ allowServers: `${SERVER}abc` }).send("media.play", foreign)).toBe(403);
    expect(
      await receiving({ allowServers: [SERVER], signingSecrets: SECRET }).send("media.play", {
        ...foreign,
        signingSecret: SECRET,
      }),
    ).toBe(403);
    // Without a signature an allowed server is not enough where signatures are asked for.
    expect(await receiving({ allowServers: [SERVER], signingSecrets: SECRET }).send("media.play")).toBe(401);
    expect(codes()).toEqual(["unknown-server"]);
  });
});

describe("repeats", () => {
  test("with the same id are dropped, and answered as the first", async () => {
    const { send, told } = receiving();
    for (const id of ["msg_1", "msg_1", "msg_2"]) expect(await send("media.play", { id })).toBe(200);
    expect(told).toEqual(["media.play", "media.play"]);
  });

  test("that say the same as the last of their player are dropped, not those that come back to it", async () => {
    const { send, told } = receiving({ dedupeWindowMs: 3_600_000 });
    for (const event of ["media.play", "media.play", "media.stop", "media.play"] as const) await send(event);
    expect(told).toEqual(["media.play", "media.stop", "media.play"]);
  });

  test("of another player, another account, or with the window at zero are none", async () => {
    const { send, told } = receiving();
    await send("media.play");
    await send("media.play", { payload: { Player: { local: true, publicAddress: "", title: "TV 2", uuid: "tv-2" } } });
    await send("media.play", { payload: { Account: { id: 2, title: "Robin" } } });
    expect(told).toHaveLength(3);
    const every = receiving({ dedupeWindowMs: 0 });
    await every.send("media.play");
    await every.send("media.play");
    expect(every.told).toHaveLength(2);
  });

  test("end with the window", async () => {
    const { send, told } = receiving({ dedupeWindowMs: 10_000 });
    const now = vi.spyOn(Date, "now");
    try {
      for (const time of [0, 9_999, 10_000]) {
        now.mockReturnValue(1_700_000_000_000 + time);
        await send("media.play");
      }
    } finally {
      now.mockRestore();
    }
    expect(told).toHaveLength(2);
  });

  test("of a delivery whose handler failed are taken, so that a second attempt can do better", async () => {
    const receiver = createWebhookReceiver({ ack: "after" });
    const errors: unknown[] = [];
    let tries = 0;
    receiver
      .on("media.play", () => {
        tries += 1;
        if (tries === 1) throw new Error("lamp is off");
      })
      .onError((error, delivery) => errors.push(error, delivery?.event));
    const status = async () => (await receiver.fetch(await testRequest("media.play", { id: "msg_1" }))).status;
    expect([await status(), await status(), await status()]).toEqual([500, 200, 200]);
    expect(tries).toBe(2);
    expect(errors).toEqual([new Error("lamp is off"), "media.play"]);
  });
});

describe("filters", () => {
  const tv = { local: true, publicAddress: "203.0.113.7", title: "Living Room TV", uuid: "tv-1" };
  const phone = { ...tv, local: false, title: "Phone", uuid: "phone-1" };
  const robin = { id: 7, title: "Robin" };
  const episode = { ...{ librarySectionType: "show", type: "episode", title: "Low Water" }, ratingKey: "9" };

  test.each([
    ["one player by name", { player: "living room tv" }, [true, false]],
    ["one player by id", { player: "phone-1" }, [false, true]],
    ["one user", { account: 7 }, [false, true]],
    ["all local players", { local: true }, [true, false]],
    ["films of one player", { player: "phone", type: "movie" }, [false, false]],
    ["all of these", { player: "Phone", account: "Robin", local: false, type: ["movie", "episode"] }, [false, true]],
    ["all but one player", { not: { player: "Phone" } }, [true, false]],
  ])("%s", async (_what, filter, [ofTv, ofPhone]) => {
    const all = receiving({ filter });
    const handler = createWebhookReceiver();
    const told: string[] = [];
    handler.on("media.play", ({ payload }) => void told.push(payload.Player.title ?? ""), { filter });
    for (const payload of [{ Player: tv }, { Player: phone, Account: robin, Metadata: episode }]) {
      expect(await all.send("media.play", { payload })).toBe(200);
      await handler.fetch(await testRequest("media.play", { payload }));
    }
    await handler.settled();
    expect(all.told).toHaveLength(Number(ofTv) + Number(ofPhone));
    expect(told).toEqual([...(ofTv ? ["Living Room TV"] : []), ...(ofPhone ? ["Phone"] : [])]);
  });

  test("that say what no filter can are mistakes of the program, and not let through or kept back silently", () => {
    const misspelt = { playr: "Living Room TV" } as object;
    expect(() => createWebhookReceiver({ filter: misspelt })).toThrow(/did you mean player\?/);
    expect(() => createWebhookReceiver({ filter: { type: "flim" } })).toThrow(TypeError);
    expect(() => createWebhookReceiver().on("media.play", () => undefined, { filter: misspelt })).toThrow(TypeError);
  });
});

describe("the answer", () => {
  /** A handler that ends when it is told to. */
  function slow(receiver: WebhookReceiver) {
    const { promise, resolve } = Promise.withResolvers<void>();
    let done = false;
    receiver.onAny(async () => {
      await promise;
      done = true;
    });
    return { finish: resolve, isDone: () => done };
  }

  test("goes before slow handlers", async () => {
    const receiver = createWebhookReceiver();
    const { finish, isDone } = slow(receiver);
    expect((await receiver.fetch(await testRequest("media.play"))).status).toBe(200);
    expect(isDone()).toBe(false);
    finish();
    await receiver.settled();
    expect(isDone()).toBe(true);
  });

  test("hands the rest to waitUntil, where there is one", async () => {
    const receiver = createWebhookReceiver();
    const { finish, isDone } = slow(receiver);
    const waiting: Promise<unknown>[] = [];
    await receiver.fetch(
      await testRequest("media.play"),
      {},
      { waitUntil: (promise: Promise<unknown>) => waiting.push(promise) },
    );
    finish();
    await Promise.all(waiting);
    expect([waiting.length, isDone()]).toEqual([1, true]);
  });

  test.each([
    ["a GET", new Request("http://x/"), 405, "not-post"],
    ["no body", new Request("http://x/", { method: "POST" }), 400, "not-json"],
    ["not JSON", new Request("http://x/", { method: "POST", body: "hello" }), 400, "not-json"],
    ["no webhook", new Request("http://x/", { method: "POST", body: "{}" }), 400, "not-a-webhook"],
    [
      "too long a document",
      new Request("http://x/", { method: "POST", body: `{"event":"${"x".repeat(1000)}"}` }),
      413,
      "too-large",
    ],
    ["too long a body", new Request("http://x/", { method: "POST", body: "x".repeat(80_000) }), 413, "too-large"],
  ])("to %s is %#: %i %s", async (_what, request, status, code) => {
    const { receiver, codes } = receiving({ maxPayloadBytes: 500, maxThumbBytes: 500 });
    const response = await receiver.fetch(request);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(codes()).toEqual([code]);
  });

  test("to a picture that is too large is 413, and nothing to one that nobody wants", async () => {
    const thumb = new Uint8Array(2000);
    expect(await receiving({ maxThumbBytes: 1000 }).send("media.play", { thumb })).toBe(413);
    expect(await receiving({ maxThumbBytes: 1000, thumb: false }).send("media.play", { thumb })).toBe(200);
  });

  test("to a picture within its limit is 200, also where Base64 makes it longer", async () => {
    const thumb = new Uint8Array(300_000);
    expect(await receiving({ maxThumbBytes: 300_000 }).send("media.play", { thumb, format: "json" })).toBe(200);
  });

  test("to a body that breaks off is 400", async () => {
    const { receiver, codes } = receiving();
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    const request = new Request("http://x/", { method: "POST", body, duplex: "half" } as RequestInit);
    expect((await receiver.fetch(request)).status).toBe(400);
    expect(codes()).toEqual(["cut-off"]);
  });

  test("to a request that was read before says what to do", async () => {
    const { receiver, codes } = receiving();
    const request = await testRequest("media.play");
    await request.arrayBuffer();
    expect((await receiver.fetch(request)).status).toBe(400);
    expect(codes()).toEqual(["body-consumed"]);
  });
});

test("deliveries of one player are handled one after another, of two players side by side", async () => {
  const receiver = createWebhookReceiver();
  const log: string[] = [];
  const gates = new Map(["media.play", "media.stop"].map((event) => [event, Promise.withResolvers<void>()]));
  receiver.onAny(async ({ event, payload }) => {
    log.push(`${event} ${payload.Player?.uuid}`);
    if (payload.Player?.uuid === "living-room-tv") await gates.get(event)?.promise;
    log.push(`done ${event} ${payload.Player?.uuid}`);
  });
  await receiver.fetch(await testRequest("media.play"));
  await receiver.fetch(await testRequest("media.stop"));
  const other = { local: true, publicAddress: "", title: "Other", uuid: "other" };
  await receiver.fetch(await testRequest("media.play", { payload: { Player: other } }));
  await vi.waitFor(() => expect(log).toContain("done media.play other"));
  expect(log).not.toContain("media.stop living-room-tv");
  for (const { resolve } of gates.values()) resolve();
  await receiver.settled();
  expect(log.filter((line) => line.endsWith("tv"))).toEqual([
    "media.play living-room-tv",
    "done media.play living-room-tv",
    "media.stop living-room-tv",
    "done media.stop living-room-tv",
  ]);
});

test("errors of handlers are told on the console if nobody listens, and so are errors of error handlers", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  try {
    const receiver = createWebhookReceiver().on("media.play", () => Promise.reject(new Error("first")));
    await receiver.fetch(await testRequest("media.play"));
    await receiver.settled();
    receiver.onError(() => {
      throw new Error("second");
    });
    await receiver.fetch(await testRequest("media.play", { id: "2" }));
    await receiver.settled();
    expect(told.mock.calls.map(([, error]) => String(error))).toEqual(["Error: first", "Error: second"]);
  } finally {
    told.mockRestore();
  }
});

test("no request at all makes it throw anything but a WebhookError", async () => {
  const receiver = createWebhookReceiver({ secret: "s", allowServers: [SERVER] });
  const { headers, body } = await testDelivery("media.rate");
  const texts = fc.string({ unit: "grapheme", maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ at: fc.nat(body.length), drop: fc.nat(60), put: fc.uint8Array({ maxLength: 20 }) }),
      fc.oneof(fc.constant(headers["content-type"]), texts),
      fc.oneof(
        fc.constant("/?secret=s"),
        texts.map((text) => `/${text}?secret=${text}`),
        texts,
      ),
      async ({ at, drop, put }, type, url) => {
        const changed = Uint8Array.from([...body.subarray(0, at), ...put, ...body.subarray(at + drop)]);
        const read = receiver.parse({ url, headers: { "Content-Type": type }, body: changed });
        const error = await read.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(WebhookError);
      },
    ),
  );
});
