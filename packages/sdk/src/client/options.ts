import type { HTTPClient } from "../lib/http.ts";
import type { RetryConfig } from "../lib/retries.ts";
import type { ClientFields } from "../models/operations.ts";

/** Where debug output goes; `console` is one. It is never given the token. */
export interface Logger {
  group(label?: string): void;
  groupEnd(): void;
  log(message: unknown, ...more: readonly unknown[]): void;
}

/** Options of a client. With none, it is `http://localhost:32400`. */
export interface SDKOptions extends ClientFields {
  /** `X-Plex-Token`. A function is asked before each connection, and once more when its token was refused. */
  readonly token?: string | (() => Promise<string>) | undefined;
  /** The server, `http://host:port`. Goes before all that follows. */
  readonly serverURL?: string | undefined;
  /** `http` (the default) or `https`. */
  readonly protocol?: string | undefined;
  /** Default `localhost`. */
  readonly host?: string | undefined;
  /** Default `32400`. */
  readonly port?: string | number | undefined;
  /** The server without or with its scheme; without, it is https. */
  readonly fullServerUrl?: string | undefined;
  /** Of a `plex.direct` name: the server's 32 hexadecimal digits. */
  readonly identifier?: string | undefined;
  /** Of a `plex.direct` name: the server's address with `-` for `.`. */
  readonly ipDescription?: string | undefined;
  /** 0: the `plex.direct` name, 1: `protocol`, `host` and `port`, 2: `fullServerUrl`. Default: what the options given say. */
  readonly serverIdx?: number | undefined;
  /** Sends the requests. WebSocket handshakes pass through its `beforeRequest` hooks, too. */
  readonly httpClient?: HTTPClient | undefined;
  /** `User-Agent`, where the runtime lets it be set. */
  readonly userAgent?: string | undefined;
  /** Default: calls are not retried. Does not apply to `subscribe`, which always reconnects. */
  readonly retryConfig?: RetryConfig | undefined;
  /** How long a call waits for the head of the answer, milliseconds. It never cuts an open stream. Default: for ever. */
  readonly timeoutMs?: number | undefined;
  readonly debugLogger?: Logger | undefined;
}

type FetchOptions = Omit<RequestInit, "method" | "body">;

/** Options of one call. Those of `fetch` may stand here or in `fetchOptions`. */
export type RequestOptions = FetchOptions & {
  /** Goes before the constructor's. */
  timeoutMs?: number | undefined;
  /** Goes before the constructor's `retryConfig`. */
  retries?: RetryConfig | undefined;
  /** Statuses that are retried: `"503"`, `"5XX"`. Default 429, 500, 502, 503, 504. */
  retryCodes?: string[] | undefined;
  /** Goes before the constructor's server. */
  serverURL?: string | URL | undefined;
  fetchOptions?: FetchOptions | undefined;
};

/**
 * The server that the options name.
 * @throws TypeError for what is no address.
 */
export function serverURLFromOptions(options: SDKOptions): URL {
  const { serverURL, serverIdx, protocol, host, port, identifier, ipDescription, fullServerUrl } = options;
  const plain = protocol !== undefined || host !== undefined;
  const index =
    serverIdx ?? (plain ? 1 : fullServerUrl !== undefined ? 2 : identifier && ipDescription !== undefined ? 0 : 1);
  if (serverURL) return parseServerURL(serverURL);
  if (index === 0) {
    if (!identifier || !ipDescription)
      throw new TypeError("A plex.direct server needs both `identifier` and `ipDescription`.");
    return parseServerURL(`https://${ipDescription}.${identifier}.plex.direct:${port ?? 32400}`);
  }
  if (index === 1) return parseServerURL(`${protocol ?? "http"}://${host ?? "localhost"}:${port ?? 32400}`);
  if (index !== 2) throw new TypeError("`serverIdx` must be 0, 1 or 2.");
  const full = fullServerUrl ?? "http://localhost:32400";
  return parseServerURL(full.includes("://") ? full : `https://${full}`);
}

/** An address of http or https, without query, its path ending with a slash. */
export function parseServerURL(text: string | URL): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError("The server's address is no URL: give it as http://host:port.");
  }
  if (!/^https?:$/.test(url.protocol)) throw new TypeError("The server's address must begin with http:// or https://.");
  url.pathname = url.pathname.replace(/\/*$/, "/");
  url.search = "";
  url.hash = "";
  return url;
}
