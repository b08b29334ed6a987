import type { RequestOptions } from "./client/options.ts";
import type { PlexAPICore } from "./core.ts";
import { eventsConnectWebSocket } from "./funcs/eventsConnectWebSocket.ts";
import { eventsGetNotifications } from "./funcs/eventsGetNotifications.ts";
import type {
  ConnectWebSocketRequest,
  ConnectWebSocketResponse,
  GetNotificationsRequest,
  GetNotificationsResponse,
} from "./models/operations.ts";
import {
  type EventOf,
  type ReelaySubscribeOptions,
  type SubscribeOptions,
  type Subscription,
  subscribe,
} from "./subscribe/index.ts";
import { unwrapAsync } from "./types/fp.ts";

/** The event calls of a client. */
export class Events {
  readonly #client: PlexAPICore;

  constructor(client: PlexAPICore) {
    this.#client = client;
  }

  /**
   * Connects to the server's event stream (Server-Sent Events) and gives its bytes as they come.
   * @throws SDKError for any 4XX or 5XX; SDKValidationError before anything is sent; HTTPClientError if there is no answer
   */
  getNotifications(request: GetNotificationsRequest, options?: RequestOptions): Promise<GetNotificationsResponse> {
    return unwrapAsync(eventsGetNotifications(this.#client, request, options));
  }

  /**
   * Connects to the server's WebSocket and gives one JSON document a line.
   * @throws SDKError for any 4XX or 5XX; SDKValidationError before anything is sent; HTTPClientError if there is no answer
   */
  connectWebSocket(request: ConnectWebSocketRequest, options?: RequestOptions): Promise<ConnectWebSocketResponse> {
    return unwrapAsync(eventsConnectWebSocket(this.#client, request, options));
  }

  /** Listens, and goes on listening: typed events over whichever transport works, reconnected and resumed until it is closed. */
  subscribe<O extends SubscribeOptions | ReelaySubscribeOptions = SubscribeOptions>(
    options?: O,
  ): Subscription<EventOf<O>> {
    return subscribe(this.#client, options);
  }
}
