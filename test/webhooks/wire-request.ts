import { readFileSync } from "node:fs";
import { parseWebhookBody, type WebhookEventName, type WebhookPayload, webhookEvents } from "@reelay/protocol";
import type { RawRequest } from "./raw-receiver.ts";

export function partsOf({ head, body }: RawRequest) {
  const [, type] = /^Content-Type: (.*)\r$/m.exec(head) ?? [];
  const parts = parseWebhookBody(body, type);
  if (!parts.ok) throw new Error(`${parts.error.message}\n${head}`);
  return parts.value;
}

export function payloadOf(request: RawRequest): WebhookPayload {
  return JSON.parse(partsOf(request).payload) as WebhookPayload;
}

/** What stands in the template for what differs from request to request; each is checked by its form. */
export function withPlaceholders(request: RawRequest): string {
  const { payload, thumb } = partsOf(request);
  const [, boundary = ""] = /boundary=(-{24}[0-9A-Za-z]{22})\r$/m.exec(request.head) ?? [];
  const head = request.head
    .replace(/^POST \/hook\?room=1 /, "POST {path} ")
    .replace(/^Host: 127\.0\.0\.1:\d+\r$/m, "Host: {host}\r")
    .replace(
      /^User-Agent: PlexMediaServer\/\d+\.\d+\.\d+\.\d+-[0-9a-z]+\r$/m,
      "User-Agent: PlexMediaServer/{version}\r",
    )
    .replace(`Content-Length: ${request.body.length}\r`, "Content-Length: {length}\r")
    .replace(/^webhook-id: msg_[\w-]+\r$/m, "webhook-id: {id}\r")
    .replace(/^webhook-timestamp: \d{10}\r$/m, "webhook-timestamp: {seconds}\r")
    .replace(/^webhook-signature: v1,[A-Za-z0-9+/]{43}=\r$/m, "webhook-signature: {signature}\r")
    .replace(/^Reelay-Event-Time: \d{4}-\d\d-\d\dT[\d:.]{12}Z\r$/m, "Reelay-Event-Time: {time}\r")
    .replace(/^Reelay-Attempt: 1\r$/m, "Reelay-Attempt: {number}\r");
  const body = request.body
    .toString("latin1")
    .replace(Buffer.from(payload).toString("latin1"), () => "{payload}")
    .replace(thumb ? Buffer.from(thumb.data).toString("latin1") : "\0", () => "{thumb}");
  return (head + body).replaceAll(boundary, "{boundary}");
}

/** The request that Plex sends, as the project wrote it down: with a picture, or without. */
export function templateOf(event: WebhookEventName): string {
  const name = webhookEvents[event].thumb ? "plex-request.txt" : "plex-request-without-thumb.txt";
  return readFileSync(new URL(name, import.meta.url), "utf8").replaceAll("\n", "\r\n");
}
