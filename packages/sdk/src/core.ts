import { type SDKOptions, serverURLFromOptions } from "./client/options.ts";
import { HTTPClient } from "./lib/http.ts";

/** A client for the standalone functions. It holds options and no connection; any number of streams may be opened with it. */
export class PlexAPICore {
  readonly _options: SDKOptions;
  readonly _baseURL: URL;
  readonly _httpClient: HTTPClient;

  /** @throws TypeError for a server address that is none. */
  constructor(options: SDKOptions = {}) {
    this._baseURL = serverURLFromOptions(options);
    this._httpClient = options.httpClient ?? new HTTPClient();
    this._options = { ...options };
    // The token is not shown when a client is printed.
    Object.defineProperty(this, "_options", { enumerable: false });
  }
}
