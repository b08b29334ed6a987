import { afterEach } from "vitest";

const kept: AsyncDisposable[] = [];

/** Lets go of what a test keeps when it is over, the newest first. */
export function keep<T extends AsyncDisposable>(one: T): T {
  kept.push(one);
  return one;
}

afterEach(async () => {
  for (const one of kept.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
