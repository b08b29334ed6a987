import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { type Account, OWNER_ID, type Sections } from "./account.ts";
import type { Accounts } from "./accounts.ts";
import { type Avatar, MAX_AVATAR_BYTES, MAX_AVATAR_TEXT, type PictureTypeOf, readAvatar } from "./avatar.ts";

export interface AccountRoutesOptions {
  readonly accounts: Accounts;
  /** The sections that there are. */
  readonly sectionIds: () => readonly number[];
  readonly pictureTypeOf: PictureTypeOf;
}

const tag = "accounts";
const path = "/api/v1/accounts/{id}";
export const byAccount = z.object({ id: z.coerce.number().int().positive() });

/** Names are shown in terminals, lists and notifications: no character may move or hide anything there. */
export const shownName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$/u, "no control characters")
  .transform((name) => name.normalize("NFC"));
const sections = z
  .union([z.literal("all"), z.array(z.int().positive()).max(10_000)])
  .describe("Sections that it may use: ids, or all, those that come later included.");
const avatar = z
  .string()
  .max(MAX_AVATAR_TEXT)
  .describe(`An http or https URL, or a picture of at most ${MAX_AVATAR_BYTES / 1024} KiB as data:image/png;base64,….`);

const added = z.strictObject({
  name: shownName,
  sections: sections.default([]),
  avatar: avatar.optional(),
});
const changed = z.strictObject({
  name: shownName.optional(),
  sections: sections.optional(),
  avatar: avatar.nullable().optional(),
});
const shown = z.object({
  id: z.int(),
  name: z.string(),
  owner: z.boolean(),
  sections: z.union([z.literal("all"), z.array(z.int())]),
  avatar: z.string().nullable().describe("A URL, or a path of this server."),
  createdAt: z.int().describe("Epoch milliseconds."),
});

/** `/api/v1/accounts`, for the owner. */
export const accountRoutes: FastifyPluginCallback<AccountRoutesOptions> = (app, options, done) => {
  const { accounts, pictureTypeOf } = options;
  const picture = (text: string): Avatar => readAvatar(text, pictureTypeOf);

  /** Of those that the account has already one may be gone: what was read can be written again. */
  function existing(asked: "all" | readonly number[], before: Sections = new Set()): Sections {
    if (asked === "all") return asked;
    const known = new Set([...options.sectionIds(), ...(before === "all" ? [] : before)]);
    const unknown = asked.find((id) => !known.has(id));
    if (unknown === undefined) return new Set(asked);
    throw new ReelayError("REELAY_INVALID_PARAMETER", `sections: there is no section ${unknown}.`);
  }

  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/accounts",
      summary: "List accounts",
      tag,
      answer: z.object({ accounts: z.array(shown) }),
    },
    () => ({ accounts: accounts.list().map(view) }),
  );

  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/accounts",
      summary: "Add an account",
      tag,
      body: added,
      answer: shown,
      status: 201,
    },
    async ({ body }) => {
      const account = await accounts.add({
        name: body.name,
        sections: existing(body.sections),
        ...(body.avatar === undefined ? {} : { avatar: picture(body.avatar) }),
      });
      return view(account);
    },
  );

  const one = { path, tag, params: byAccount, errors: ["REELAY_NOT_FOUND"] } as const;
  apiRoute(app, { ...one, method: "GET", summary: "Show an account", answer: shown }, ({ params }) =>
    view(accounts.get(params.id)),
  );

  apiRoute(
    app,
    { ...one, method: "PATCH", summary: "Change an account: what is left out stays", body: changed, answer: shown },
    async ({ params: { id }, body: { name, sections, avatar } }) => {
      const before = accounts.get(id);
      const account = await accounts.change(id, {
        name,
        sections: sections === undefined ? undefined : existing(sections, before.sections),
        avatar: typeof avatar === "string" && avatar !== before.avatar ? picture(avatar) : avatarGone(avatar),
      });
      return view(account);
    },
  );

  apiRoute(
    app,
    { ...one, method: "DELETE", summary: "Remove an account, its tokens and what was opened with them" },
    async ({ params }) => void (await accounts.remove(params.id)),
  );

  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/accounts/{id}/avatar",
      summary: "The picture of an account, to itself and the owner",
      tag,
      access: "account",
      params: byAccount,
      query: z.object({ v: z.string().optional().describe("Changes with the picture.") }),
      answer: "image/*",
      errors: ["REELAY_NOT_FOUND"],
    },
    ({ viewer, params: { id }, reply }) => {
      const found = viewer.admin || viewer.accountId === id ? accounts.picture(id) : undefined;
      if (found === undefined) throw new ReelayError("REELAY_NOT_FOUND", "There is no picture.");
      // The address changes with the picture, so it may be kept.
      reply.type(found.type).header("cache-control", "private, max-age=86400");
      return found.bytes;
    },
  );
  done();
};

/** `null` takes it away; the one that it has, sent again, changes nothing. */
function avatarGone(avatar: string | null | undefined): null | undefined {
  return avatar === null ? null : undefined;
}

function view(account: Account): z.input<typeof shown> {
  const { id, name, sections, avatar, createdAt } = account;
  return {
    id,
    name,
    owner: id === OWNER_ID,
    sections: sections === "all" ? "all" : [...sections],
    avatar: avatar ?? null,
    createdAt,
  };
}
