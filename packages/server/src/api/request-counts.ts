import type { FastifyInstance } from "fastify";

export interface RequestCount {
  readonly method: string;
  /** The pattern: `/library/metadata/:id`. */
  readonly route: string;
  readonly status: number;
  count: number;
}

/**
 * Counts answered requests by the pattern of their route. Addresses hold ids and tokens, and there is no end of them:
 * those that no route answers are counted together.
 */
export class RequestCounts {
  readonly #counts = new Map<string, RequestCount>();

  get all(): Iterable<RequestCount> {
    return this.#counts.values();
  }

  /** From now on, on all routes of the app. */
  watch(app: FastifyInstance): void {
    // The router refuses unknown methods itself; what is left are those that routes have.
    app.onAnswered(({ method, route, status }) => this.#add(method, route ?? "none", status));
  }

  #add(method: string, route: string, status: number): void {
    const key = `${method} ${route} ${status}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { method, route, status, count: 1 });
    else known.count++;
  }
}
