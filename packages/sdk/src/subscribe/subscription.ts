import type { NotificationEvent } from "../stream/events.ts";
import type { ListenerMap, SubscriptionEvent } from "./listeners.ts";

/** Events that go on and on. Iterate it, or give it listeners; each iterator gets all events from its beginning, the first also those before. */
export interface Subscription<E extends SubscriptionEvent = NotificationEvent>
  extends AsyncIterable<E>,
    AsyncDisposable {
  /** Calls `listener` with each such event; the returned function ends that. What a listener throws goes to those for `error`. */
  on<K extends keyof ListenerMap<E>>(name: K, listener: (value: ListenerMap<E>[K]) => unknown): () => void;
  /** The same, for the next one only. */
  once<K extends keyof ListenerMap<E>>(name: K, listener: (value: ListenerMap<E>[K]) => unknown): () => void;
  /** Resolves while there is a connection, or when there is the next one; rejects when it has ended without. */
  ready(): Promise<void>;
  /** Ends the connection and all iterators. Safe to call again. */
  close(): Promise<void>;
  /** Resolves when it was closed; rejects with the error that ended it. Nobody has to look at it. */
  readonly closed: Promise<void>;
  /** Where the stream is, for `lastEventId` of a later one; undefined for servers without positions. */
  readonly lastEventId: string | undefined;
}
