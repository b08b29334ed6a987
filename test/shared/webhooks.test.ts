/** Captured webhooks, through the SDK's receiver and against the shapes. Notifications: see notifications.test.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeWebhookMultipart, type JsonObject, multipartContentType, parseWebhookBody } from "@reelay/protocol";
import { createWebhookReceiver } from "@reelay/sdk/webhooks";
import { describe, expect, test } from "vitest";
import { readWebhookCaptures } from "../../scripts/make-webhook-shapes.ts";

const folder = process.env.REELAY_CAPTURES;
if (folder === undefined) throw new Error("Set REELAY_CAPTURES to the folder of captures");

const boundary = "------------------------G7Eg6j8dMUI03PAbXJmOc2";
const body = readFileSync(join(folder, "http/webhook-with-thumb.body.bin"));

describe("the captured body", () => {
  const parts = parseWebhookBody(body, multipartContentType(boundary));
  if (!parts.ok) throw new Error(parts.error.message);

  test("is read, with its picture", () => {
    expect(JSON.parse(parts.value.payload)).toMatchObject({ event: "media.play" });
    expect(parts.value.thumb).toMatchObject({ contentType: "image/jpeg", filename: "thumb.jpg" });
  });

  test("is what we write of the same parts, byte for byte", () => {
    const { payload, thumb } = parts.value;
    const written = encodeWebhookMultipart({ payload, ...(thumb && { thumb: thumb.data }) }, boundary);
    expect(Buffer.compare(written, body)).toBe(0);
  });
});

const captures = readWebhookCaptures(folder);

test("there are captures of most events", () => {
  expect(new Set(captures.map(({ payload }) => payload.event)).size).toBeGreaterThanOrEqual(7);
});

describe.each(captures)("$file", ({ payload }) => {
  const json = JSON.stringify(payload);
  test.each([
    ["multipart", encodeWebhookMultipart({ payload: json }, boundary), multipartContentType(boundary)],
    ["JSON", Buffer.from(json), "application/json"],
  ])("is received as %s, unharmed", async (_form, bytes, type) => {
    const delivery = await createWebhookReceiver().parse({ body: bytes, headers: { "content-type": type } });
    expect(JSON.stringify(delivery.json)).toBe(json);
    const { rating, ...rest } = payload;
    expect(delivery.payload).toEqual({ ...rest, ...(rating === undefined ? {} : { rating: Number(rating) }) });
  });
});

test.each([
  "webhook-trimmed-minimal-1.json",
  "webhook-synthetic-device.new.json",
  "webhook-media.rate-2026-number-head.json",
])("%s, of which parts are missing, is received", async (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const { payload } = await createWebhookReceiver().parse({ body: text, headers: {} });
  expect(payload.event).toBe((JSON.parse(text) as JsonObject).event);
  expect(payload.Server).toBeDefined();
});
