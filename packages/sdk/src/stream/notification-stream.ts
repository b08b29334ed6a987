import { NotificationFormatError } from "../models/errors.ts";
import { deferred } from "../types/deferred.ts";
import { type Decoder, linesDecoder, sseDecoder } from "./decoder.ts";
import type { NotificationEvent } from "./events.ts";

/** Where the bytes of a stream go. */
export interface ByteSink {
  /** True if more may come at once. */
  bytes(bytes: Uint8Array): boolean;
  end(error?: Error): void;
}

/** Where they come from. */
export interface ByteSource {
  /** More is wanted. A promise holds off the next call. */
  pull(): void | Promise<void>;
  /** Nothing is wanted any more. */
  cancel(): void;
}

/** Options of `events()`. */
export interface EventsOptions {
  /** Told of what could not be read and was skipped. */
  readonly onError?: (error: NotificationFormatError) => void;
}

/** Bytes that wait in the stream before the server has to. */
const HIGH_WATER_MARK = 64 * 1024;

/**
 * The bytes of an open connection, as they come. It is a `ReadableStream` like any other; {@link events} reads it as typed
 * events instead.
 */
export class NotificationStream extends ReadableStream<Uint8Array> {
  /** Resolves when the stream has ended, by whomever; rejects if the connection was lost. */
  readonly closed: Promise<void>;
  readonly #end: (error?: Error) => void;
  readonly #cancel: () => void;
  readonly #format: "sse" | "lines";

  /** @internal */
  constructor(format: "sse" | "lines", connect: (sink: ByteSink) => ByteSource) {
    const { promise: closed, resolve, reject } = deferred<void>();
    // Nobody has to look at it.
    closed.catch(() => undefined);
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    let over = false;
    const end = (error?: Error) => {
      if (over) return;
      over = true;
      if (error === undefined) controller?.close();
      else controller?.error(error);
      if (error === undefined) resolve();
      else reject(error);
    };
    const connected = deferred<ByteSource>();
    const cancel = () => {
      over = true;
      void connected.promise.then((source) => source.cancel());
      resolve();
    };
    super(
      {
        start(its) {
          controller = its;
        },
        // Some runtimes ask before there is a source, and two calls at once would be two reads at once.
        pull: async () => (await connected.promise).pull(),
        cancel,
      },
      { highWaterMark: HIGH_WATER_MARK, size: (chunk) => chunk.byteLength },
    );
    this.closed = closed;
    this.#end = end;
    this.#cancel = cancel;
    this.#format = format;
    connected.resolve(
      connect({
        bytes(bytes) {
          if (over) return false;
          controller?.enqueue(bytes);
          return (controller?.desiredSize ?? 0) > 0;
        },
        end,
      }),
    );
  }

  /** The stream itself, where plexjs 0.43 has it: `const { responseStream } = await …`. */
  get responseStream(): this {
    return this;
  }

  /** Ends the connection. Whoever reads gets what has come, and then the end. Never rejects. */
  async close(): Promise<void> {
    this.#end();
    this.#cancel();
  }

  /**
   * The stream as typed events, heartbeats left out. Takes the stream for itself; leaving the loop closes it. It does not reconnect:
   * `subscribe` does.
   */
  events(options: EventsOptions = {}): AsyncIterableIterator<NotificationEvent> {
    const decoder = this.#format === "sse" ? sseDecoder() : linesDecoder();
    const generator = readEvents(this.getReader(), decoder, options);
    const finish = async () => {
      // First, so that a `next` under way ends as well.
      await this.close();
      return generator.return(undefined);
    };
    return {
      next: () => generator.next(),
      return: finish,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function* readEvents(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  decode: Decoder,
  { onError }: EventsOptions,
): AsyncGenerator<NotificationEvent, undefined, undefined> {
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const item of decode(value)) {
        if (item instanceof NotificationFormatError) onError?.(item);
        else yield item;
      }
    }
  } finally {
    reader.releaseLock();
  }
}
