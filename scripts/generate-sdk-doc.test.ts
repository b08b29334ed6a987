import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sdkPage, sdkPagePath } from "./generate-sdk-doc.ts";
import { readDeclarations } from "./read-declarations.ts";

test("docs/reference/sdk.md is what the SDK's types say", () => {
  expect(readFileSync(sdkPagePath, "utf8"), "run: node -C source scripts/generate-sdk-doc.ts").toBe(sdkPage());
});

test("no option of subscribe is missing from the page", () => {
  const page = sdkPage();
  const source = readFileSync(new URL("../packages/sdk/src/subscribe/options.ts", import.meta.url), "utf8");
  const names = [...source.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(9);
  for (const name of names) expect(page).toContain(`| \`${name}?: `);
});

test("declarations are read with what is written above them", () => {
  const declarations = readDeclarations(`/** A thing. */
export interface Thing<T> extends Other {
  /** Its name. */
  readonly name?: string;
  call<K extends string>(
    one: K,
    two: T,
  ): void;
}

/** Makes one. @throws RangeError never */
export function make(name: string): Thing<number> {
  return name;
}
`);
  expect(declarations.get("Thing")).toMatchObject({
    doc: "A thing.",
    members: [
      { name: "name", optional: true, isMethod: false, type: "string", doc: "Its name." },
      { name: "call", type: "<K extends string>(one: K, two: T): void" },
    ],
  });
  expect(declarations.get("make")).toMatchObject({
    code: "function make(name: string): Thing<number>",
    doc: "Makes one. Throws RangeError never",
  });
});
