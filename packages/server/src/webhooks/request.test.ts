import { type WebhookPayload, webhookEvents } from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import type { Hook, WebhookRequest } from "./hook.ts";
import { buildRequest, type RequestInput } from "./index.ts";
import { signatures } from "./signing.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const hook: Hook = {
  id: "hook_0000000000000001",
  accountId: 1,
  description: "",
  url: "http://192.168.1.5/hook?room=2",
  events: [],
  filter: {},
  format: "plex",
  thumb: true,
  headers: { Authorization: "Bearer abc" },
  secrets: [secret],
  maxAge: { live: 300_000, record: null },
  latestOnly: false,
  settleMs: 0,
  enabled: true,
  createdAt: 0,
  updatedAt: 0,
};
const payload: WebhookPayload = {
  event: "media.play",
  user: true,
  owner: true,
  Account: { id: 1, title: "Änne" },
  Server: { title: "Home", uuid: "0".repeat(40) },
  Player: { local: true, publicAddress: "203.0.113.9", title: "Sofa", uuid: "sofa" },
  Metadata: { librarySectionType: "movie", type: "movie", title: "A Film" },
};
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0x0d, 0x0a, 0x2d, 0x2d, 0xff, 0xd9]);
const input: RequestInput = {
  hook,
  payload,
  text: JSON.stringify(payload),
  thumb: jpeg,
  deliveryId: "msg_01",
  attempt: 1,
  eventTime: Date.parse("2026-11-22T10:00:00.123Z"),
  now: Date.parse("2026-11-22T10:00:05.900Z"),
  agents: { plex: "PlexMediaServer/1.40.0.7998-c29d4c0c8", own: "Reelay/1.2.3" },
};

const header = ({ headers }: WebhookRequest, name: string) =>
  headers.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];

/** Head and body as bytes, as they go out. */
const raw = ({ method, url, headers, body }: WebhookRequest) =>
  `${method} ${url}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${Buffer.from(body).toString("latin1")}`;

/** With what differs from delivery to delivery replaced. */
const template = (request: WebhookRequest, text: string) =>
  raw(request)
    .replaceAll(/-{24}[0-9A-Za-z]{22}/g, "BOUNDARY")
    .replace(Buffer.from(text).toString("latin1"), "PAYLOAD")
    .replace(jpeg.toString("latin1"), "JPEG")
    .replace(/(?<=Content-Length: )\d+/, "LENGTH")
    .replace(/(?<=signature: )v1,\S{44}$/m, "SIGNATURE");

const ours =
  "webhook-id: msg_01\r\nwebhook-timestamp: 1795341605\r\nwebhook-signature: SIGNATURE\r\n" +
  "Reelay-Event-Time: 2026-11-22T10:00:00.123Z\r\nReelay-Attempt: 1\r\nAuthorization: Bearer abc\r\n\r\n";

describe("the format plex", () => {
  test("is the request of a Plex server, byte for byte: its headers in their order, then ours", () => {
    expect(template(buildRequest(input), input.text)).toBe(
      "POST http://192.168.1.5/hook?room=2\r\n" +
        "User-Agent: PlexMediaServer/1.40.0.7998-c29d4c0c8\r\n" +
        "Content-Length: LENGTH\r\n" +
        "Content-Type: multipart/form-data; boundary=BOUNDARY\r\n" +
        ours +
        '--BOUNDARY\r\nContent-Disposition: form-data; name="payload"\r\nContent-Type: application/json\r\n\r\nPAYLOAD\r\n' +
        '--BOUNDARY\r\nContent-Disposition: form-data; name="thumb"; filename="thumb.jpg"\r\nContent-Type: image/jpeg\r\n\r\nJPEG\r\n' +
        "--BOUNDARY--\r\n",
    );
  });

  test.each([
    ["there is none", { thumb: undefined }],
    ["the hook wants none", { hook: { ...hook, thumb: false } }],
  ])("has no part for the picture where %s", (_what, change) => {
    const request = buildRequest({ ...input, ...change });
    expect(template(request, input.text)).toMatch(/\r\n\r\nPAYLOAD\r\n--BOUNDARY--\r\n$/);
    expect(header(request, "content-length")).toBe(String(request.body.length));
  });

  test("has the same body in every attempt, and another boundary in every delivery", () => {
    const first = buildRequest(input);
    const later = buildRequest({ ...input, attempt: 7, now: input.now + 3_600_000 });
    expect([later.body, header(later, "content-type"), header(later, "webhook-id")]).toEqual([
      first.body,
      header(first, "content-type"),
      "msg_01",
    ]);
    expect([header(later, "reelay-attempt"), header(later, "webhook-timestamp")]).toEqual(["7", "1795345205"]);
    const other = buildRequest({ ...input, deliveryId: "msg_02" });
    expect(header(other, "content-type")).not.toBe(header(first, "content-type"));
  });
});

describe("the format json", () => {
  const json = { ...hook, format: "json" } as const;

  test("is the document alone", () => {
    const request = buildRequest({ ...input, hook: { ...json, thumb: false } });
    expect(template(request, input.text)).toBe(
      `POST http://192.168.1.5/hook?room=2\r\nUser-Agent: Reelay/1.2.3\r\nContent-Length: LENGTH\r\n` +
        `Content-Type: application/json\r\n${ours}PAYLOAD`,
    );
    expect(header(request, "content-length")).toBe(String(Buffer.byteLength(input.text)));
  });

  test("with the picture as its last key, where there is one", () => {
    const { body } = buildRequest({ ...input, hook: json });
    const document = JSON.parse(Buffer.from(body).toString());
    expect(document).toEqual({ ...payload, thumb: `data:image/jpeg;base64,${jpeg.toString("base64")}` });
    expect(Object.keys(document).at(-1)).toBe("thumb");
    expect(buildRequest({ ...input, hook: json, thumb: undefined }).body).toEqual(Buffer.from(input.text));
  });
});

describe("signatures", () => {
  const signed = (request: WebhookRequest, secrets: readonly string[]) =>
    signatures(secrets, { id: "msg_01", timestamp: Number(header(request, "webhook-timestamp")), body: request.body });

  test("are on every format, of the body as it goes out", () => {
    const custom = { ...hook, format: "custom", custom: { method: "GET", body: "" } } as const;
    for (const each of [hook, { ...hook, format: "json" } as const, custom]) {
      const request = buildRequest({ ...input, hook: each });
      expect(header(request, "webhook-signature")).toBe(signed(request, [secret]));
    }
  });

  test("are two while a secret is rotated, and one after", () => {
    const rotated = { ...hook, secrets: [secret, oldSecret], oldSecretUntil: input.now + 1 };
    const during = buildRequest({ ...input, hook: rotated });
    expect(header(during, "webhook-signature")).toBe(signed(during, [secret, oldSecret]));
    const after = buildRequest({ ...input, hook: rotated, now: input.now + 1 });
    expect(header(after, "webhook-signature")).toBe(signed(after, [secret]));
  });
});

describe("the format custom", () => {
  const custom = (change: Partial<Hook>) =>
    buildRequest({ ...input, hook: { ...hook, format: "custom", headers: {}, ...change } });

  test("is what it says, with the payload filled in", () => {
    const request = custom({
      url: "http://192.168.1.5/say/{{Account.title}}?what={{Metadata.title}}",
      headers: { "Content-Type": "application/json", Title: "{{Account.title}}", "User-Agent": "Home/1" },
      custom: { method: "PUT", body: '{"on":false,"who":"{{Account.title}}","year":{{Metadata.year}}}' },
    });
    expect(request).toMatchObject({
      method: "PUT",
      url: "http://192.168.1.5/say/%C3%84nne?what=A%20Film",
      missing: ["Metadata.year"],
    });
    expect(Buffer.from(request.body).toString()).toBe('{"on":false,"who":"Änne","year":null}');
    expect(request.headers.slice(0, 4)).toEqual([
      ["Content-Length", "38"],
      ["Content-Type", "application/json"],
      ["Title", Buffer.from("Änne").toString("latin1")],
      ["User-Agent", "Home/1"],
    ]);
  });

  test.each<["GET" | "POST" | "DELETE", string | undefined]>([
    ["GET", undefined],
    ["DELETE", undefined],
    ["POST", "0"],
  ])("without a body, a %s has the Content-Length %s", (method, length) => {
    expect(header(custom({ custom: { method, body: "" } }), "content-length")).toBe(length);
  });
});

test("a hook that cannot be read is no request", () => {
  const unreadable = { ...hook, url: "", headers: {}, secrets: [], unreadable: true } as const;
  expect(() => buildRequest({ ...input, hook: unreadable })).toThrow(
    expect.objectContaining({ code: "REELAY_SECRET_UNREADABLE" }),
  );
});

test("every event that carries a picture can be built", () => {
  for (const [event, { thumb }] of Object.entries(webhookEvents)) {
    const one = { ...payload, event } as WebhookPayload;
    const { body } = buildRequest({
      ...input,
      payload: one,
      text: JSON.stringify(one),
      thumb: thumb ? jpeg : undefined,
    });
    expect(Buffer.from(body).includes("thumb.jpg"), event).toBe(thumb);
  }
});
