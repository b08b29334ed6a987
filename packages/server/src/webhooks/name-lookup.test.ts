import { expect, test } from "vitest";
import { type ResolvedAddress, sparingly } from "./name-lookup.ts";

/** A name server that answers when the test says so. */
function slowNames() {
  const asked: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<readonly ResolvedAddress[]>>();
  return {
    asked,
    resolve: (name: string) => {
      asked.push(name);
      const answer = Promise.withResolvers<readonly ResolvedAddress[]>();
      answers.set(name, answer);
      return answer.promise;
    },
    answer: (name: string) => answers.get(name)?.resolve([{ address: "192.0.2.1", family: 4 }]),
    fail: (name: string) => answers.get(name)?.reject(new Error("ENOTFOUND")),
  };
}

test("a name is asked for once at a time, and again after its answer", async () => {
  const names = slowNames();
  const resolve = sparingly(names.resolve);
  const both = [resolve("a"), resolve("a")];
  names.answer("a");
  const [first, second] = await Promise.all(both);
  expect([names.asked, first]).toEqual([["a"], second]);
  const third = resolve("a");
  names.answer("a");
  await third;
  expect(names.asked).toEqual(["a", "a"]);
});

test("only so many are asked for at once; the next one's turn comes with an answer or a failure", async () => {
  const names = slowNames();
  const resolve = sparingly(names.resolve, 2);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => resolve(name));
  expect(names.asked).toEqual(["a", "b"]);
  names.fail("a");
  await expect(a).rejects.toThrow("ENOTFOUND");
  names.answer("b");
  await b;
  expect(names.asked).toEqual(["a", "b", "c", "d"]);
  for (const name of ["c", "d"]) names.answer(name);
  await Promise.all([c, d]);
  // Two places are free again.
  for (const name of ["e", "f", "g"]) void resolve(name);
  expect(names.asked).toEqual(["a", "b", "c", "d", "e", "f"]);
});
