import { expect, test } from "vitest";
import { bytesLeft, documentLeft, partsLeft } from "./parsed-body.ts";

const payload = '{"event":"media.play"}';
const jpeg = Buffer.from([0xff, 0xd8]);
const thumb = { data: Uint8Array.of(0xff, 0xd8), contentType: "image/jpeg", filename: "thumb.jpg" };
const ofMulter = { fieldname: "thumb", buffer: jpeg, mimetype: "image/jpeg", originalname: "thumb.jpg" };
const payloadFile = { fieldname: "payload", buffer: Buffer.from(payload), mimetype: "application/json" };

test.each<[what: string, left: Parameters<typeof partsLeft>[0], parts: unknown]>([
  ["multer's single", { body: { payload }, file: ofMulter }, { payload, thumb }],
  ["multer's any", { body: { payload }, files: [ofMulter] }, { payload, thumb }],
  ["multer's fields", { body: { payload }, files: { thumb: [ofMulter] } }, { payload, thumb }],
  ["multer's any, the payload as a file", { body: {}, files: [payloadFile, ofMulter] }, { payload, thumb }],
  [
    "express-fileupload",
    { body: { payload }, files: { thumb: { name: "thumb.jpg", data: jpeg, mimetype: "image/jpeg" } } },
    { payload, thumb },
  ],
  ["a file on the disk", { body: { payload }, file: { fieldname: "thumb", path: "/tmp/x" } }, { payload }],
  ["a payload that was parsed", { body: { payload: { event: "x" } } }, { payload: { event: "x" } }],
  ["an empty body of a parser for another type", { body: {} }, undefined],
  ["nothing", {}, undefined],
  ["null everywhere", { body: null, file: null, files: null }, undefined],
])("what %s leaves is read", (_what, left, parts) => {
  expect(partsLeft(left)).toEqual(parts);
});

test("bytes that were kept go before what was parsed", () => {
  expect(bytesLeft({ rawBody: jpeg, body: { payload } })).toBe(jpeg);
  expect(bytesLeft({ body: payload })).toEqual(new TextEncoder().encode(payload));
  expect(bytesLeft({ body: "" })).toBeUndefined();
  expect(bytesLeft({ body: { payload } })).toBeUndefined();
});

test("a document is written again", () => {
  expect(new TextDecoder().decode(documentLeft({ body: JSON.parse(payload) }))).toBe(payload);
  expect(documentLeft({ body: { payload } })).toBeUndefined();
});
