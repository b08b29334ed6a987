/** An open WebSocket. It begins paused: nothing is told before `resume`. */
export interface Channel {
  readonly request: Request;
  readonly response: Response;
  /** Asks the other side for a sign of life, where the runtime shows one. */
  readonly ping?: () => void;
  /** Lets the server wait. Where the runtime cannot, what comes is kept, up to 16 MiB. */
  pause(): void;
  resume(): void;
  /** Ends it from this side; nothing is told any more. */
  close(): void;
}

/** What happens on an open WebSocket. */
export interface ChannelEvents {
  text(text: string): void;
  /** Something came, whatever it was. */
  alive(): void;
  /** Something came that was skipped. */
  problem(code: string, message: string): void;
  /** It is over. Told once; with an error unless the server closed it as it should. */
  end(error?: Error): void;
}
