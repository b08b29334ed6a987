import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute } from "../http/index.ts";
import { OWNER_ID } from "./account.ts";
import { byAccount, shownName } from "./account-routes.ts";
import type { Accounts } from "./accounts.ts";

const tag = "tokens";
const body = z.strictObject({ name: shownName.describe("What the token is for, shown in lists.") });
const tokenId = z.string().regex(/^[0-9a-f]{16}$/, "expected the id of a token, 16 hex digits");
const byToken = z.object({ id: tokenId });
const byAccountAndToken = byAccount.extend({ tokenId });

const shown = z.object({
  id: z.string(),
  kind: z.enum(["token", "browser"]).describe("browser: one that is signed in."),
  name: z.string(),
  accountId: z.int(),
  createdAt: z.int().describe("Epoch milliseconds."),
  lastUsedAt: z.int().optional().describe("Epoch milliseconds, to the minute."),
  madeWith: z.string().optional().describe("Of a browser that signed in by a token: the id of that token."),
});
const made = shown.extend({ token: z.string().describe("Shown only here: it is kept nowhere.") });
const list = z.object({ tokens: z.array(shown) });

/** `/api/v1/tokens`: those of all accounts; new ones are the owner's. `/api/v1/accounts/{id}/tokens`: those of one. */
export const tokenRoutes: FastifyPluginCallback<{ readonly accounts: Accounts }> = (app, { accounts }, done) => {
  const { tokens } = accounts;
  const make = async (accountId: number, name: string) => {
    const { token, info } = await tokens.create(accountId, name);
    return { token, ...info };
  };

  const all = { path: "/api/v1/tokens", tag } as const;
  apiRoute(
    app,
    {
      ...all,
      method: "GET",
      summary: "List the tokens of all accounts, and the browsers that are signed in",
      answer: list,
    },
    () => ({
      tokens: [...tokens.list()],
    }),
  );
  apiRoute(
    app,
    { ...all, method: "POST", summary: "Make a token of the owner", body, answer: made, status: 201 },
    ({ body: { name } }) => make(OWNER_ID, name),
  );
  apiRoute(
    app,
    {
      method: "DELETE",
      path: "/api/v1/tokens/{id}",
      summary: "Revoke a token or sign a browser out: what was opened with it ends",
      tag,
      params: byToken,
      errors: ["REELAY_NOT_FOUND"],
    },
    async ({ params }) => void (await tokens.revoke(params.id)),
  );

  const ofOne = {
    path: "/api/v1/accounts/{id}/tokens",
    tag,
    params: byAccount,
    errors: ["REELAY_NOT_FOUND"],
  } as const;
  apiRoute(app, { ...ofOne, method: "GET", summary: "List an account's tokens", answer: list }, ({ params }) => ({
    tokens: [...tokens.list(accounts.get(params.id).id)],
  }));
  apiRoute(
    app,
    { ...ofOne, method: "POST", summary: "Make a token of an account", body, answer: made, status: 201 },
    ({ params, body: { name } }) => make(params.id, name),
  );
  apiRoute(
    app,
    {
      ...ofOne,
      method: "DELETE",
      path: "/api/v1/accounts/{id}/tokens/{tokenId}",
      summary: "Revoke one of an account's tokens",
      params: byAccountAndToken,
    },
    async ({ params }) => void (await tokens.revoke(params.tokenId, params.id)),
  );
  done();
};
