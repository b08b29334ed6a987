import { z } from "zod";
import { ReelayError } from "../support/index.ts";
import { ask, type ServerFinder } from "./api.ts";

export const accountBody = z.object({
  id: z.number(),
  name: z.string(),
  sections: z.union([z.literal("all"), z.array(z.number())]),
  avatar: z.string().nullable(),
});

/** The accounts that the running server has. */
export async function accountsOf(finder: ServerFinder): Promise<readonly z.output<typeof accountBody>[]> {
  const answer = await ask(finder, { path: "/api/v1/accounts" }, z.object({ accounts: z.array(accountBody) }));
  return answer.accounts;
}

/** The account that a person means: by its name in any case, else by its id. @throws REELAY_NOT_FOUND */
export function findAccount<A extends { readonly id: number; readonly name: string }>(
  accounts: readonly A[],
  nameOrId: string,
): A {
  return find(accounts, nameOrId, "account");
}

/** Sections by names or ids, joined by commas, or `all`. @throws REELAY_NOT_FOUND */
export async function sectionsNamed(finder: ServerFinder, text: string): Promise<"all" | readonly number[]> {
  if (text === "all") return text;
  const names = text.split(",").map((part) => part.trim());
  const known = await sectionsOf(finder);
  return names.filter((name) => name !== "").map((name) => find(known, name, "section").id);
}

const sectionList = z.object({
  MediaContainer: z.object({ Directory: z.array(z.object({ key: z.string(), title: z.string() })).default([]) }),
});

export async function sectionsOf(finder: ServerFinder): Promise<{ readonly id: number; readonly name: string }[]> {
  const { MediaContainer } = await ask(finder, { path: "/library/sections" }, sectionList);
  return MediaContainer.Directory.map(({ key, title }) => ({ id: Number(key), name: title }));
}

function find<A extends { readonly id: number; readonly name: string }>(
  all: readonly A[],
  nameOrId: string,
  kind: string,
): A {
  const same = (name: string) => name.normalize("NFKC").toLowerCase();
  const found = all.find(({ name }) => same(name) === same(nameOrId)) ?? all.find(({ id }) => String(id) === nameOrId);
  if (found !== undefined) return found;
  const known = all.map(({ id, name }) => `${id} (${name})`).join(", ");
  throw new ReelayError(
    "REELAY_NOT_FOUND",
    `There is no ${kind} ${JSON.stringify(nameOrId)}; there ${known === "" ? "is none" : `are ${known}`}.`,
  );
}
