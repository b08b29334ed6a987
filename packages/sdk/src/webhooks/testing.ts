import {
  encodeWebhookMultipart,
  multipartBoundary,
  multipartContentType,
  type WebhookEventName,
  type WebhookMetadata,
  type WebhookPayload,
  webhookEvents,
} from "@reelay/protocol";
import { sign, signingKey } from "./signature.ts";

/** What a made delivery says and how it is sent. */
export interface TestDeliveryOptions {
  /** Where it goes, with a secret if the receiver asks for one. Default `http://localhost/`. */
  readonly url?: string;
  /** Takes the place of what the payload has by default, key by key; `Account`, `Server`, `Player` and `Metadata` as a whole. */
  readonly payload?: Partial<WebhookPayload>;
  /** A picture; `null` for none. Default: a small JPEG on the events that carry one. */
  readonly thumb?: Uint8Array | null;
  /** `plex` (default): multipart. `json`: the document alone, with the picture in it as `thumb`. */
  readonly format?: "plex" | "json";
  /** Signs it, as Reelay does. */
  readonly signingSecret?: string;
  /** `webhook-id`. Default: made up where it is signed, else none, as Plex. */
  readonly id?: string;
  /** Of the signature, epoch ms. Default: now. */
  readonly time?: number;
  /** `Reelay-Event-Time`, epoch ms. */
  readonly eventTime?: number;
}

/** A request in parts, for `parse` and for clients of any kind. */
export interface TestDelivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly payload: WebhookPayload;
}

const FILM: WebhookMetadata = {
  ...{
    librarySectionType: "movie",
    ratingKey: "101",
    key: "/library/metadata/101",
    guid: "local://101",
    type: "movie",
  },
  ...{
    title: "The Long Tide",
    librarySectionTitle: "Films",
    librarySectionID: 1,
    librarySectionKey: "/library/sections/1",
  },
  ...{ summary: "", year: 2019, thumb: "/library/metadata/101/thumb/1700000000", duration: 5_400_000 },
  ...{ addedAt: 1_700_000_000, updatedAt: 1_700_000_000 },
};

/** The payload of an event, with a film in a living room. */
export function testPayload(event: WebhookEventName, payload: Partial<WebhookPayload> = {}): WebhookPayload {
  const { player, metadata } = webhookEvents[event];
  const made: WebhookPayload = {
    ...(event === "media.rate" ? { rating: 8 } : {}),
    event,
    user: true,
    owner: true,
    Account: { id: 1, title: "Kim" },
    Server: { title: "Attic", uuid: "54664a3d8acc39983675640ec9ce00b70af9cc36" },
    ...(player
      ? { Player: { local: true, publicAddress: "203.0.113.7", title: "Living Room TV", uuid: "living-room-tv" } }
      : {}),
    ...(metadata ? { Metadata: FILM } : {}),
  };
  return { ...made, ...payload, event };
}

/** A delivery as a Plex Media Server or Reelay sends it, for tests of one's own. */
export async function testDelivery(event: WebhookEventName, options: TestDeliveryOptions = {}): Promise<TestDelivery> {
  const { url = "http://localhost/", format = "plex", signingSecret, time = Date.now(), eventTime } = options;
  const payload = testPayload(event, options.payload);
  const thumb = options.thumb === undefined && webhookEvents[event].thumb ? tinyJpeg() : (options.thumb ?? undefined);
  const boundary = multipartBoundary();
  const text = JSON.stringify(payload);
  const body =
    format === "json"
      ? new TextEncoder().encode(thumb ? withPicture(text, thumb) : text)
      : encodeWebhookMultipart(thumb ? { payload: text, thumb } : { payload: text }, boundary);
  const id = options.id ?? (signingSecret === undefined ? undefined : `msg_${crypto.randomUUID()}`);
  const timestamp = String(Math.floor(time / 1000));
  const headers = {
    "user-agent": "PlexMediaServer/1.41.8.9834-071366d65",
    "content-type": format === "json" ? "application/json" : multipartContentType(boundary),
    ...(id === undefined ? {} : { "webhook-id": id }),
    ...(signingSecret === undefined || id === undefined
      ? {}
      : {
          "webhook-timestamp": timestamp,
          "webhook-signature": await sign(signingKey(signingSecret), { id, timestamp, body }),
        }),
    ...(eventTime === undefined ? {} : { "reelay-event-time": new Date(eventTime).toISOString() }),
  };
  return { url, headers, body, payload };
}

/** The same as a `Request`: `await receiver.fetch(await testRequest("media.play"))`. */
export async function testRequest(event: WebhookEventName, options: TestDeliveryOptions = {}): Promise<Request> {
  const { url, headers, body } = await testDelivery(event, options);
  return new Request(url, { method: "POST", headers, body });
}

/** The first and last bytes of a JPEG: enough for who only passes it on. */
function tinyJpeg(): Uint8Array {
  return Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9);
}

function withPicture(text: string, thumb: Uint8Array): string {
  const base64 = btoa(Array.from(thumb, (byte) => String.fromCharCode(byte)).join(""));
  return `${text.slice(0, -1)},"thumb":"data:image/jpeg;base64,${base64}"}`;
}
