import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { JsonObject } from "./json.ts";
import { isKnownWebhook, parseWebhookPayload } from "./webhook-parse.ts";
import type { ReceivedMetadata, ReceivedPlayer, ReceivedWebhook } from "./webhook-received.ts";

function read(payload: JsonObject) {
  const result = parseWebhookPayload(payload);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.webhook;
}

describe("a payload", () => {
  test("is read whole, with fields that nobody knows as they came", () => {
    const payload = {
      event: "media.play",
      user: true,
      owner: false,
      Account: { id: 1, thumb: "https://example.org/a.png", title: "Robin" },
      Server: { title: "Attic", uuid: "5466" },
      Player: { local: true, publicAddress: "203.0.113.7", title: "TV", uuid: "tv-1" },
      Metadata: {
        librarySectionType: "movie",
        ratingKey: "7",
        title: "The Long Tide",
        year: 2019,
        Genre: [{ tag: "Drama" }],
      },
    };
    expect(read(payload)).toEqual(payload);
    expect(parseWebhookPayload(JSON.stringify(payload))).toEqual(parseWebhookPayload(payload));
  });

  test.each([
    ["10", 10],
    [8.5, 8.5],
    ["7.5", 7.5],
    ["much", undefined],
    [null, undefined],
  ])("has a rating of %j as %j", (rating, expected) => {
    expect(read({ event: "media.rate", rating })).toMatchObject({ event: "media.rate", user: false });
    expect(read({ event: "media.rate", rating }).rating).toBe(expected);
  });

  test("has ids in their usual type, whichever the server wrote, and nothing of another type", () => {
    const { Account, Metadata } = read({
      event: "media.play",
      Account: { id: "17", title: 5 },
      Metadata: { ratingKey: 42, librarySectionID: "3", title: ["no"], viewOffset: "1000", Rating: [{ value: 1 }] },
    });
    expect(Account).toEqual({ id: 17 });
    expect(Metadata).toEqual({ ratingKey: "42", librarySectionID: 3, viewOffset: 1000, Rating: [{ value: 1 }] });
  });

  test("has the parts that its event always has, even where a server left them out, and no others", () => {
    expect(read({ event: "media.stop" })).toMatchObject({ Account: {}, Server: {}, Player: {}, Metadata: {} });
    expect(read({ event: "admin.database.backup" })).not.toHaveProperty("Metadata");
    expect(read({ event: "library.new" })).not.toHaveProperty("Player");
  });

  test("of an event of tomorrow is read as well", () => {
    const webhook = read({ event: "media.dance", Player: { title: "TV" } });
    expect(isKnownWebhook(webhook)).toBe(false);
    expect(webhook.Player?.title).toBe("TV");
    // An event named like what every object has is not a known one.
    expect(isKnownWebhook(read({ event: "constructor" }))).toBe(false);
  });

  test.each([
    ["{", "not-json"],
    ["[]", "not-a-webhook"],
    ["null", "not-a-webhook"],
    ["{}", "not-a-webhook"],
    ['{"event":1}', "not-a-webhook"],
    ['{"event":""}', "not-a-webhook"],
  ])("%s is none: %s", (text, code) => {
    expect(parseWebhookPayload(text)).toMatchObject({ ok: false, error: { code } });
  });

  test("may be nested, not without end", () => {
    const nested = (levels: number) => `{"event":"media.play","a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(parseWebhookPayload(nested(63))).toMatchObject({ ok: true });
    for (const levels of [64, 100_000])
      expect(parseWebhookPayload(nested(levels))).toMatchObject({ ok: false, error: { code: "not-a-webhook" } });
  });

  test("of any JSON at all never throws", () => {
    fc.assert(
      fc.property(
        fc.json(),
        (json) =>
          void parseWebhookPayload(`{"event":"media.rate","Account":${json},"Metadata":${json},"rating":${json}}`),
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseWebhookPayload(text)));
  });
});

test("types tell which parts an event has", () => {
  expectTypeOf<ReceivedWebhook<"media.play">["Player"]>().toEqualTypeOf<ReceivedPlayer>();
  expectTypeOf<ReceivedWebhook<"library.new">["Player"]>().toEqualTypeOf<ReceivedPlayer | undefined>();
  expectTypeOf<ReceivedWebhook<"library.new">["Metadata"]>().toEqualTypeOf<ReceivedMetadata>();
  expectTypeOf<ReceivedWebhook<"media.rate">["rating"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<ReceivedWebhook<"media.play">["rating"]>().toEqualTypeOf<undefined>();
});
