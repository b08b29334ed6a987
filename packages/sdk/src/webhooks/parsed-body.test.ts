import { encodeWebhookMultipart, multipartBoundary, multipartContentType } from "@reelay/protocol";
import { expect, test } from "vitest";
import { bytesLeft, documentLeft, partsLeft, textLeft } from "./parsed-body.ts";

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
  [
    "multer's dest",
    { body: { payload }, file: { fieldname: "thumb", path: "/tmp/x", mimetype: "image/jpeg" } },
    { payload, thumbFile: { path: "/tmp/x", contentType: "image/jpeg" } },
  ],
  [
    "express-fileupload with files on the disk",
    { body: { payload }, files: { thumb: { data: Buffer.alloc(0), tempFilePath: "/tmp/x", mimetype: "image/jpeg" } } },
    { payload, thumbFile: { path: "/tmp/x", contentType: "image/jpeg" } },
  ],
  [
    "formidable, to which the payload is a file",
    {
      body: {},
      files: {
        payload: [{ filepath: "/tmp/p", mimetype: "application/json", originalFilename: null }],
        thumb: [{ filepath: "/tmp/x", mimetype: "image/jpeg", originalFilename: "thumb.jpg" }],
      },
    },
    {
      payload: "",
      payloadFile: { path: "/tmp/p", contentType: "application/json" },
      thumbFile: { path: "/tmp/x", contentType: "image/jpeg", filename: "thumb.jpg" },
    },
  ],
  ["formidable, to which the payload is a field", { body: { payload: [payload] } }, { payload }],
  ["a form with two payloads", { body: { payload: [payload, payload] } }, undefined],
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

test("of multipart that was taken for text the payload is left, and what was a picture is not", () => {
  const boundary = multipartBoundary();
  const type = multipartContentType(boundary);
  const body = Buffer.from(encodeWebhookMultipart({ payload, thumb: Uint8Array.of(0xff, 0xd8) }, boundary)).toString();
  expect(bytesLeft({ body }, type)).toBeUndefined();
  expect(textLeft({ body }, type)).toEqual({ payload });
  const whole = Buffer.from(encodeWebhookMultipart({ payload }, boundary)).toString();
  expect(bytesLeft({ body: whole }, type)).toEqual(new TextEncoder().encode(whole));
  expect(textLeft({ body: whole }, type)).toBeUndefined();
  expect(textLeft({ body: "\ufffd" }, type)).toBeUndefined();
});

test("a document is left with its picture, and with what only looks like one", () => {
  const document = JSON.parse(payload);
  expect(documentLeft({ body: document })).toEqual({ payload: document });
  expect(documentLeft({ body: { ...document, thumb: "data:image/jpeg;base64,/9g=" } })).toEqual({
    payload: document,
    thumb: { data: Uint8Array.of(0xff, 0xd8), contentType: "image/jpeg" },
  });
  for (const other of ["https://provider.plex.tv/thumb", "data:image/jpeg;base64,((("])
    expect(documentLeft({ body: { ...document, thumb: other } })).toEqual({ payload: { ...document, thumb: other } });
  expect(documentLeft({ body: { payload } })).toBeUndefined();
});
