import { createWebhookReceiver, type WebhookDelivery, type WebhookReceiver } from "@reelay/sdk/webhooks";
import { messageOf } from "./message.ts";

export interface ChatOptions {
  /** Of a channel, as Discord gives it out. */
  readonly webhook: string;
  readonly secret?: string | undefined;
  readonly signingSecret?: string | undefined;
  readonly log?: (line: string) => void;
}

/** A chat that does not answer by then is away. */
const TIMEOUT_MS = 10_000;

/** Posts starts and ratings with the poster to a chat's webhook. */
export function chat({ webhook, secret, signingSecret, log = () => undefined }: ChatOptions): WebhookReceiver {
  const post = async (delivery: WebhookDelivery<"media.play" | "media.rate">) => {
    await send(webhook, messageOf(delivery), delivery.thumb?.data);
    log(`posted ${delivery.event}`);
  };
  return createWebhookReceiver({
    // Trailers, the music of a party and a show of slides would fill the channel.
    filter: { type: ["movie", "episode", "season", "show"] },
    ...(secret === undefined ? {} : { secret }),
    ...(signingSecret === undefined ? {} : { signingSecrets: signingSecret }),
  })
    .on(["media.play", "media.rate"], post)
    .onError((error) => log(error instanceof Error ? error.message : String(error)));
}

async function send(webhook: string, content: string, poster: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
  const form = new FormData();
  const embeds = poster === undefined ? [] : [{ image: { url: "attachment://poster.jpg" } }];
  form.set("payload_json", JSON.stringify({ content, embeds, allowed_mentions: { parse: [] } }));
  if (poster !== undefined) form.set("files[0]", new Blob([poster], { type: "image/jpeg" }), "poster.jpg");
  const response = await fetch(webhook, { method: "POST", body: form, signal: AbortSignal.timeout(TIMEOUT_MS) });
  await response.body?.cancel();
  // The address is a secret, so it is not said.
  if (!response.ok) throw new Error(`The chat says ${response.status}.`);
}
