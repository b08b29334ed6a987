import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeWebhookMultipart, multipartBoundary, multipartContentType } from "./multipart.ts";
import { multipartBoundaryOf } from "./multipart-header.ts";
import { MultipartParser, type MultipartPart } from "./multipart-parser.ts";
import { hostileText } from "./testing/arbitraries.ts";
import { parseWebhookBody, WebhookBodyParser } from "./webhook-body.ts";

const boundary = "------------------------G7Eg6j8dMUI03PAbXJmOc2";
const type = multipartContentType(boundary);
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const jpeg = Uint8Array.of(0xff, 0xd8, 13, 10, 45, 45, 0, 0xff, 0xd9);

/** Every way to cut: the lengths of the pieces, over and over. */
function* cut(body: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, n = 0; at < body.length; n++) {
    const size = Math.max(sizes[n % sizes.length] ?? 1, 1);
    yield body.subarray(at, at + size);
    at += size;
  }
}

function parseIn(pieces: Iterable<Uint8Array>, contentType = type) {
  const parser = new WebhookBodyParser(contentType);
  for (const piece of pieces) {
    const result = parser.push(piece);
    if (!result.ok) return result;
  }
  return parser.end();
}

function codeOf(body: string | Uint8Array, limits = {}): string | undefined {
  const result = parseWebhookBody(typeof body === "string" ? bytes(body) : body, type, limits);
  return result.ok ? undefined : result.error.code;
}

describe("the body", () => {
  test("is written byte by byte as a Plex Media Server writes it, with a picture", () => {
    const body = encodeWebhookMultipart({ payload: '{"event":"media.play"}', thumb: bytes("JPEG") }, boundary);
    expect(text(body).split("\r\n")).toEqual([
      `--${boundary}`,
      'Content-Disposition: form-data; name="payload"',
      "Content-Type: application/json",
      "",
      '{"event":"media.play"}',
      `--${boundary}`,
      'Content-Disposition: form-data; name="thumb"; filename="thumb.jpg"',
      "Content-Type: image/jpeg",
      "",
      "JPEG",
      `--${boundary}--`,
      "",
    ]);
  });

  test("ends behind the payload without a picture", () => {
    const body = encodeWebhookMultipart({ payload: "{}" }, boundary);
    expect(text(body)).toMatch(/\r\n\r\n\{\}\r\n--[-\w]+--\r\n$/);
    expect(text(body)).not.toContain("thumb");
  });

  test("has a boundary of 24 dashes and 22 letters and digits, another one each time", () => {
    const boundaries = Array.from({ length: 50 }, () => multipartBoundary());
    for (const one of boundaries) expect(one).toMatch(/^-{24}[0-9A-Za-z]{22}$/);
    expect(new Set(boundaries).size).toBe(50);
  });
});

describe("reading", () => {
  test("gives back what was written, however it is cut", () => {
    fc.assert(
      fc.property(
        hostileText.map((title) => JSON.stringify({ title })),
        fc.option(fc.uint8Array({ maxLength: 400 }), { nil: undefined }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (payload, thumb, sizes) => {
          const body = encodeWebhookMultipart(thumb ? { payload, thumb } : { payload }, boundary);
          const result = parseIn(cut(body, sizes));
          expect(result).toEqual({
            ok: true,
            value: {
              payload,
              ...(thumb && {
                thumb: { data: Uint8Array.from(thumb), contentType: "image/jpeg", filename: "thumb.jpg" },
              }),
            },
          });
        },
      ),
    );
  });

  test("never throws on a damaged body, and says the same however it is cut", () => {
    const body = encodeWebhookMultipart({ payload: '{"event":"media.play"}', thumb: jpeg }, boundary);
    const damage = fc.record({
      at: fc.nat({ max: body.length }),
      drop: fc.nat({ max: 40 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom("\r\n", "\r\n--", `\r\n--${boundary}`, "--").map(bytes),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(damage, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (damages, sizes) => {
          let damaged = body;
          for (const { at, drop, put } of damages)
            damaged = Uint8Array.from([...damaged.subarray(0, at), ...put, ...damaged.subarray(at + drop)]);
          expect(parseIn(cut(damaged, sizes))).toEqual(parseIn([damaged]));
        },
      ),
    );
  });

  test("the picture may come first, the payload as a file, and parts that nobody knows between them", () => {
    const body = [
      "words before the first boundary",
      `--${boundary}  `,
      "content-disposition: form-data; name=thumb; filename=poster.png",
      "content-type: image/png; q=1",
      "",
      "PNG",
      `--${boundary}`,
      'Content-Disposition: form-data; name="extra"',
      "",
      "x".repeat(5000),
      `--${boundary}`,
      'Content-Disposition: form-data; name="payload"; filename="pay\\"load.json"',
      "Content-Type: application/json; charset=utf-8",
      "",
      '{"event":"media.play"}',
      `--${boundary}--`,
      "words behind the last",
    ].join("\r\n");
    expect(parseWebhookBody(bytes(body), type)).toMatchObject({
      ok: true,
      value: {
        payload: '{"event":"media.play"}',
        thumb: { data: bytes("PNG"), contentType: "image/png", filename: "poster.png" },
      },
    });
  });

  test("a part may hold another multipart body, whose boundary begins with the outer one", () => {
    const inner = text(encodeWebhookMultipart({ payload: "inner" }, `${boundary}x`));
    const parser = new MultipartParser(boundary);
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${inner}\r\n--${boundary}--`;
    const result = parser.push(bytes(body));
    expect(result.ok && result.value.map(({ data }: MultipartPart) => text(data))).toEqual([inner]);
    expect(parser.end().ok).toBe(true);
  });

  test("JSON alone is read as well", () => {
    expect(parseIn(cut(bytes('{"event":"media.play"}'), [3]), "application/json")).toEqual({
      ok: true,
      value: { payload: '{"event":"media.play"}' },
    });
  });

  test("JSON may end with its picture, which is taken out of it", () => {
    const document = (base64: string) => bytes(`{"event":"media.play","thumb":"data:image/jpeg;base64,${base64}"}`);
    const read = (base64: string, limits = {}) => parseWebhookBody(document(base64), "application/json", limits);
    const payload = '{"event":"media.play"}';
    expect(read("/9j/2Q==")).toEqual({
      ok: true,
      value: { payload, thumb: { data: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), contentType: "image/jpeg" } },
    });
    expect(read("/9j/2Q==", { thumb: false })).toEqual({ ok: true, value: { payload } });
    expect(read("/9j/2Q==", { maxThumbBytes: 3 })).toMatchObject({ ok: false, error: { code: "too-large" } });
    expect(read("(((")).toMatchObject({ ok: false, error: { code: "not-a-webhook" } });
  });

  test("JSON whose text only looks like a picture is left alone", () => {
    const title = JSON.stringify({ title: ',"thumb":"data:image/jpeg;base64,', last: 1 });
    expect(parseWebhookBody(bytes(title), null)).toEqual({ ok: true, value: { payload: title } });
  });

  test("pictures are read over when nobody wants them, however large", () => {
    const body = encodeWebhookMultipart({ payload: "{}", thumb: new Uint8Array(100_000) }, boundary);
    expect(parseWebhookBody(body, type, { thumb: false, maxThumbBytes: 10 })).toEqual({
      ok: true,
      value: { payload: "{}" },
    });
  });
});

describe("limits and errors", () => {
  const part = (name: string, content: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;

  test.each<[what: string, body: string, code: string | undefined, limits?: object]>([
    ["a whole body", `${part("payload", "{}")}--${boundary}--`, undefined],
    ["a body without its last boundary", part("payload", "{}"), "not-multipart"],
    ["a body that ends within the last boundary", `${part("payload", "{}")}--${boundary}-`, "not-multipart"],
    ["a body without any boundary", "{}", "not-multipart"],
    ["no body", "", "not-multipart"],
    ["a header that does not end", `--${boundary}\r\n${"X-Long: y\r\n".repeat(2000)}`, "too-large"],
    ["a header of one long line", `--${boundary}\r\nX: ${"y".repeat(9000)}\r\n\r\n\r\n--${boundary}--`, "too-large"],
    ["too many parts", `${part("a", "").repeat(17)}--${boundary}--`, "too-large"],
    ["too long a payload", `${part("payload", "x".repeat(101))}--${boundary}--`, "too-large", { maxPayloadBytes: 100 }],
    [
      "too large a picture",
      `${part("payload", "{}")}${part("thumb", "x".repeat(101))}`,
      "too-large",
      { maxThumbBytes: 100 },
    ],
    ["two payloads", `${part("payload", "{}")}${part("payload", "{}")}--${boundary}--`, "not-a-webhook"],
    ["no payload", `${part("thumb", "{}")}--${boundary}--`, "not-a-webhook"],
    ["a last boundary only", `--${boundary}--`, "not-a-webhook"],
  ])("%s", (_what, body, code, limits) => {
    expect(codeOf(body, limits)).toBe(code);
  });

  test.each(["", "; boundary=", `; boundary=${"x".repeat(71)}`].map((rest) => `multipart/form-data${rest}`))(
    "%s names no boundary that can be used, and is told so",
    (type) => {
      const body = bytes(`${part("payload", "{}")}--${boundary}--`);
      for (const pieces of [[body], cut(body, [7]), []])
        expect(parseIn(pieces, type)).toMatchObject({
          ok: false,
          error: { code: "not-multipart", message: expect.stringContaining("no boundary that can be used") },
        });
    },
  );

  test("a payload that is not UTF-8 is not JSON", () => {
    const body = encodeWebhookMultipart({ payload: Uint8Array.of(0xc3, 0x28) }, boundary);
    expect(codeOf(body)).toBe("not-json");
  });

  test("keep the memory small, whatever comes: 20 MB in a skipped part, in pieces of all sizes", () => {
    const parser = new MultipartParser(boundary, { maxPartBytes: () => "skip" });
    parser.push(bytes(part("a", "")));
    parser.push(bytes(`--${boundary}\r\n\r\n`));
    for (const size of [1, 13, 4096, 1_000_000])
      for (let n = 0; n < 5; n++) expect(parser.push(new Uint8Array(size).fill(13)).ok).toBe(true);
    expect(parser.push(bytes(`\r\n--${boundary}--`)).ok).toBe(true);
    expect(parser.end().ok).toBe(true);
  });

  test("an error stays, and what comes after it is not read", () => {
    const parser = new WebhookBodyParser(type, { maxPayloadBytes: 3 });
    const first = parser.push(bytes(part("payload", "12345")));
    expect(first).toMatchObject({ ok: false, error: { code: "too-large" } });
    expect(parser.push(bytes(`--${boundary}--`))).toEqual(first);
    expect(parser.end()).toEqual(first);
  });
});

test.each([
  [type, boundary],
  ['Multipart/Form-Data; charset=utf-8; Boundary="with space"', "with space"],
  ["multipart/form-data", undefined],
  ["multipart/form-data; boundary=", undefined],
  [`multipart/form-data; boundary=${"x".repeat(71)}`, undefined],
  ['multipart/form-data; boundary="a\u00e4"', undefined],
  ["application/json; boundary=x", undefined],
  [null, undefined],
])("the boundary of %j is %j", (header, expected) => {
  expect(multipartBoundaryOf(header)).toBe(expected);
});
