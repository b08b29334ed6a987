import { Client, type Dispatcher, Pool } from "undici";
import { type ConnectorOptions, connector, type Line } from "./connector.ts";

/** A connection that is idle longer is closed. Milliseconds. */
const IDLE_MS = 10_000;

/** undici hands what it is given on to the client that takes the request. */
export interface LineOptions extends Dispatcher.DispatchOptions {
  /** Told which connection takes the request. */
  readonly onLine: (line: Line) => void;
}

class LineClient extends Client {
  readonly line: Line;

  constructor(origin: URL, options: Client.Options, line: Line) {
    super(origin, options);
    this.line = line;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (options as LineOptions).onLine(this.line);
    return super.dispatch(options, handler);
  }
}

/** The connections to one destination. Requests are dispatched with {@link LineOptions}. */
export function openPool(origin: string, connect: ConnectorOptions): Pool {
  return new Pool(origin, {
    allowH2: false,
    // Time limits are those of the whole request, by the clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: 60_000,
    factory(at: URL, options: Client.Options) {
      const line: Line = { phase: "open", timings: undefined };
      return new LineClient(at, { ...options, connect: connector(connect, line) }, line);
    },
  });
}
