import { createWebhookReceiver, type Match, type WebhookReceiver } from "@reelay/sdk/webhooks";

/** Something that can be dimmed. */
export interface Lamp {
  /** @param brightness 0 to 100 */
  set(brightness: number): Promise<void>;
}

export interface LightsOptions {
  readonly lamp: Lamp;
  /** Name or identifier of the player that stands in the room. */
  readonly player: string;
  /** In the URL of the hook; without it, or signing secrets, everybody who finds the address can dim the lamp. */
  readonly secret?: string | undefined;
  /** `whsec_…` of the hook. */
  readonly signingSecret?: string | undefined;
  /** While a film plays, 0 to 100. Default 10. */
  readonly dimmed?: number;
  /** Else. Default 100. */
  readonly bright?: number;
  /** Told in a line what is done. */
  readonly log?: (line: string) => void;
}

/** What is older says nothing of the room by now. */
const STALE_MS = 30_000;

/** Dims a lamp when a film or an episode plays on one player, and brightens it on pause and stop. Music and trailers leave it alone. */
export function lights({ lamp, player, dimmed = 10, bright = 100, ...options }: LightsOptions): WebhookReceiver {
  const filter: Match = { player, type: ["movie", "episode"] };
  const { log = () => undefined } = options;
  const receiver = createWebhookReceiver({
    filter,
    thumb: false,
    ...(options.secret === undefined ? {} : { secret: options.secret }),
    ...(options.signingSecret === undefined ? {} : { signingSecrets: options.signingSecret }),
  });

  const setTo = (brightness: number) => async (delivery: { event: string; eventTime?: number; receivedAt: number }) => {
    const { event, eventTime, receivedAt } = delivery;
    if (eventTime !== undefined && receivedAt - eventTime > STALE_MS) return log(`${event} is too old`);
    await lamp.set(brightness);
    log(`${event}: ${brightness} %`);
  };

  return receiver
    .on(["media.play", "media.resume"], setTo(dimmed))
    .on(["media.pause", "media.stop"], setTo(bright))
    .onError((error) => log(error instanceof Error ? error.message : String(error)));
}
