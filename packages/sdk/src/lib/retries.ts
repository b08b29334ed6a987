/** Times in milliseconds. The wait before retry n (from 0) is `initialInterval * n ** exponent` and up to a second more, at most `maxInterval`. */
export interface BackoffStrategy {
  readonly initialInterval: number;
  readonly maxInterval: number;
  readonly exponent: number;
  /** No retry is begun later than this after the first attempt. */
  readonly maxElapsedTime: number;
}

/** Whether a call that failed is tried again. An answer's `Retry-After` takes the place of the computed wait. */
export type RetryConfig =
  | { readonly strategy: "none" }
  | {
      readonly strategy: "backoff";
      readonly backoff?: BackoffStrategy;
      /** Also when there was no answer at all. Default false. */
      readonly retryConnectionErrors?: boolean;
    };
