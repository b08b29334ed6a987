/** How far a call came: for those who look at it with {@link APIPromise.$inspect}. */
export type APICall =
  | { readonly status: "complete"; readonly request: Request; readonly response: Response }
  | { readonly status: "request-error"; readonly request: Request; readonly response?: undefined }
  | { readonly status: "invalid"; readonly request?: undefined; readonly response?: undefined };

/** The promise of a standalone function. It does not reject: failures are the `error` of its result. */
export class APIPromise<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = "APIPromise";
  readonly #outcome: Promise<readonly [T, APICall]>;

  constructor(outcome: Promise<readonly [T, APICall]>) {
    this.#outcome = outcome;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#outcome.then(([value]) => value).then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected);
  }

  finally(done?: (() => void) | null): Promise<T> {
    return this.then().finally(done);
  }

  /** The result, with the request that was sent and the answer that came. */
  $inspect(): Promise<readonly [T, APICall]> {
    return this.#outcome;
  }
}
