export type Fetcher = (input: Request | string | URL, init?: RequestInit) => Promise<Response>;
export type Awaitable<T> = T | Promise<T>;

export interface HTTPClientOptions {
  /** Takes the place of the global `fetch`. WebSockets do not pass through it. */
  readonly fetcher?: Fetcher;
}

/** What is called around each request. `beforeRequest` may change the request or return another one; it sees WebSocket handshakes too. */
export interface Hooks {
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook without a return is one
  readonly beforeRequest: (request: Request) => Awaitable<Request | undefined | void>;
  readonly requestError: (error: unknown, request: Request) => Awaitable<void>;
  readonly response: (response: Response, request: Request) => Awaitable<void>;
}

type HookLists = { readonly [H in keyof Hooks]: Hooks[H][] };

/** How requests are sent. One instance may serve many clients. */
export class HTTPClient {
  readonly #options: HTTPClientOptions;
  readonly #hooks: HookLists = { beforeRequest: [], requestError: [], response: [] };

  constructor(options: HTTPClientOptions = {}) {
    this.#options = options;
  }

  async request(request: Request): Promise<Response> {
    const prepared = await this.prepare(request);
    let response: Response;
    try {
      // Called unbound: browsers' fetch refuses any other `this` than the global one.
      const { fetcher = (input, init) => globalThis.fetch(input, init) } = this.#options;
      response = await fetcher(prepared);
    } catch (error) {
      for (const hook of this.#hooks.requestError) await hook(error, prepared);
      throw error;
    }
    for (const hook of this.#hooks.response) await hook(response, prepared);
    return response;
  }

  /** The request as the `beforeRequest` hooks leave it. */
  async prepare(request: Request): Promise<Request> {
    let prepared = request;
    for (const hook of this.#hooks.beforeRequest) prepared = (await hook(prepared)) ?? prepared;
    return prepared;
  }

  addHook<H extends keyof Hooks>(hook: H, listener: Hooks[H]): this {
    (this.#hooks[hook] as Hooks[H][]).push(listener);
    return this;
  }

  removeHook<H extends keyof Hooks>(hook: H, listener: Hooks[H]): this {
    const list = this.#hooks[hook] as Hooks[H][];
    const at = list.indexOf(listener);
    if (at >= 0) list.splice(at, 1);
    return this;
  }

  /** Another client with the same fetcher and hooks; what is added to one is not added to the other. */
  clone(): HTTPClient {
    const copy = new HTTPClient(this.#options);
    for (const hook of this.#hooks.beforeRequest) copy.addHook("beforeRequest", hook);
    for (const hook of this.#hooks.requestError) copy.addHook("requestError", hook);
    for (const hook of this.#hooks.response) copy.addHook("response", hook);
    return copy;
  }
}
