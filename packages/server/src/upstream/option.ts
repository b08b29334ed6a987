/** Another server as it was asked for on the command line: `[name=]URL[,listen=PORT]`. */
export interface UpstreamOption {
  /** Default: what the server calls itself. */
  readonly name?: string;
  /** `http` or `https`, without a slash at its end. */
  readonly url: string;
  /** TCP port on which it is presented as itself; 0 = any. Default: none. */
  readonly listen?: number;
  /** A stream on which nothing comes for so long, not even its pings, is dead. ms, default 20,000 */
  readonly silenceMs?: number;
  /** Asked again after it was refused, so that a new one needs no restart. */
  readonly token: () => Promise<string | undefined>;
}
