/** What a standalone function gives: a value, or the error that the class method would have thrown. */
export type Result<T, E = unknown> =
  | { readonly ok: true; readonly value: T; readonly error?: never }
  | { readonly ok: false; readonly value?: never; readonly error: E };

export function OK<V>(value: V): Result<V, never> {
  return { ok: true, value };
}

export function ERR<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

/** The value, or its error thrown. */
export async function unwrapAsync<T>(pending: PromiseLike<Result<T, unknown>>): Promise<T> {
  const result = await pending;
  if (!result.ok) throw result.error;
  return result.value;
}
