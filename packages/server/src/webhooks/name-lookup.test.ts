import { expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
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
  const resolve = sparingly(names.resolve, { most: 2, unproven: 2, suspect: 2 });
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

test("names that nobody answers for hold up one another, and none that was answered before", async () => {
  const names = slowNames();
  const resolve = sparingly(names.resolve, { most: 4, unproven: 3, suspect: 1 });
  const once = async (name: string) => {
    const found = resolve(name);
    names.answer(name);
    await found;
  };
  await once("good");
  const dead = ["dead1", "dead2", "dead3", "dead4"].map((name) => resolve(name));
  expect(names.asked).toEqual(["good", "dead1", "dead2", "dead3"]);
  await once("good");
  expect(names.asked).toEqual(["good", "dead1", "dead2", "dead3", "good"]);

  // What has failed is asked for again one at a time, and leaves room for names that are new.
  for (const name of ["dead1", "dead2", "dead3", "dead4"]) {
    await Promise.resolve();
    names.fail(name);
    await Promise.allSettled([dead[Number(name.at(-1)) - 1]]);
  }
  names.asked.length = 0;
  for (const name of ["dead1", "dead2", "dead3", "new1", "new2", "new3", "good"]) void resolve(name);
  expect(names.asked).toEqual(["dead1", "new1", "new2", "good"]);
  names.answer("dead1");
  await until(() => names.asked.includes("dead2"), "the next of them");
  expect(names.asked).not.toContain("dead3");
});

test("a name that was answered late counts as one that was not, until it is answered in time", async () => {
  const names = slowNames();
  let time = 0;
  const resolve = sparingly(names.resolve, { most: 2, unproven: 1, suspect: 1 }, () => time);
  const answer = async (name: string, ms: number) => {
    const found = resolve(name);
    time += ms;
    names.answer(name);
    await found;
  };
  await answer("late", 1_001);
  void resolve("dead");
  const waiting = resolve("late");
  expect(names.asked).toEqual(["late", "dead"]);
  names.answer("dead");
  await until(() => names.asked.length === 3, "its turn");
  names.answer("late");
  await waiting;
  void resolve("dead2");
  await answer("late", 0);
  expect(names.asked).toEqual(["late", "dead", "late", "dead2", "late"]);
});
