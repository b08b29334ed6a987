import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type GapEvent, type NotificationEvent, PlexAPI, type Subscription } from "@reelay/sdk";
import { type AnyWebhookDelivery, createWebhookReceiver, type WebhookReceiver } from "@reelay/sdk/webhooks";
import { type Cable, cable } from "./cable.ts";
import type { Absence, Arrival } from "./ledger.ts";

/** Somebody who hears of events, and notes what and when. */
interface Listener {
  readonly name: string;
  readonly arrivals: readonly Arrival[];
  readonly absences: readonly Absence[];
}

/** When somebody was away. */
class Presence {
  readonly absences: Absence[] = [];
  #from: number | undefined = 0;

  leaves(): void {
    this.#from ??= Date.now();
  }

  isBack(): void {
    if (this.#from === undefined) return;
    this.absences.push({ from: this.#from, to: Date.now() });
    this.#from = undefined;
  }
}

export type StreamArrival = Arrival & { readonly event: Exclude<NotificationEvent, GapEvent> };

/** A subscription of the SDK, from the first event that the log has, behind a cable that can be pulled out. */
export class Stream implements Listener, AsyncDisposable {
  readonly name: string;
  readonly arrivals: StreamArrival[] = [];
  readonly gaps: GapEvent[] = [];
  readonly #presence = new Presence();
  readonly #cable: Cable;
  readonly #subscription: Subscription;
  /** How often it was connected. */
  connections = 0;
  isOpen = false;

  private constructor(name: string, cable: Cable, subscription: Subscription) {
    this.name = name;
    this.#cable = cable;
    this.#subscription = subscription;
    subscription.on("*", (event) => {
      if (event.type === "gap") return this.gaps.push(event);
      const what = event.type === "unknown" ? event.name : event.type;
      return this.arrivals.push({ id: event.id ?? "no position", what, at: Date.now(), event });
    });
    subscription.on("state", ({ state }) => {
      this.isOpen = state === "open";
      if (this.isOpen) this.connections++;
      if (this.isOpen) this.#presence.isBack();
      else this.#presence.leaves();
    });
  }

  static async open(
    name: string,
    transport: "websocket" | "eventsource",
    port: number,
    token: string,
  ): Promise<Stream> {
    const between = await cable(port);
    const { events } = new PlexAPI({ serverURL: between.url, token });
    const reconnect = { maxDelayMs: 250 };
    return new Stream(name, between, events.subscribe({ transport, lastEventId: "earliest", reconnect }));
  }

  get absences(): readonly Absence[] {
    return this.#presence.absences;
  }

  unplug(): void {
    this.#presence.leaves();
    this.#cable.unplug();
  }

  plug(): void {
    this.#cable.plug();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscription.close();
    await this.#cable[Symbol.asyncDispose]();
  }
}

export type WebhookArrival = Arrival & { readonly delivery: AnyWebhookDelivery };

/**
 * The SDK's receiver behind a web server that can be switched off. The SDK would drop what comes again; here each request that was
 * taken is an arrival, so that a delivery that is sent twice is seen.
 */
export class Receiver implements Listener, AsyncDisposable {
  readonly name = "receiver";
  readonly arrivals: WebhookArrival[] = [];
  readonly errors: string[] = [];
  readonly #presence = new Presence();
  readonly #port: number;
  readonly #receiver: WebhookReceiver;
  readonly #taken = new Set<string>();
  #server: Server | undefined;

  constructor(port: number, signingSecret: string) {
    this.#port = port;
    this.#receiver = createWebhookReceiver({ signingSecrets: signingSecret })
      .onAny((delivery) => {
        const { id = "no id", event } = delivery;
        this.arrivals.push({ id, what: event, at: delivery.receivedAt, delivery });
      })
      .onError((error) => this.errors.push(String(error)));
  }

  get absences(): readonly Absence[] {
    return this.#presence.absences;
  }

  async on(): Promise<void> {
    this.#server = createServer((request, response) => {
      response.once("finish", () => {
        if (response.statusCode === 200) this.#took(String(request.headers["webhook-id"]));
      });
      void this.#receiver.node(request, response);
    });
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#presence.isBack();
  }

  async off(): Promise<void> {
    this.#presence.leaves();
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server?.listening) await once(this.#server, "close");
    this.#server = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.off();
  }

  #took(id: string): void {
    const first = this.arrivals.find((one) => one.id === id);
    if (first !== undefined && this.#taken.has(id)) this.arrivals.push({ ...first, at: Date.now() });
    this.#taken.add(id);
  }
}
