import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute, type Viewer } from "../http/index.ts";
import { OWNER_ID } from "./account.ts";
import type { Accounts } from "./accounts.ts";
import { type SignIn, signInLink } from "./sign-in.ts";

export interface SignInRoutesOptions {
  readonly accounts: Accounts;
  readonly signIn: SignIn;
  /** The address of the page that takes a code; undefined if this server has none. */
  readonly page: () => string | undefined;
}

const tag = "sign-in";
const secret = z.string().min(1).max(200);
const credential = z.union([
  z.strictObject({ code: secret.describe("One-time, from a link.") }),
  z.strictObject({ token: secret.describe("The browser is signed in for as long as it is valid.") }),
]);
const me = z.object({
  accountId: z.int(),
  name: z.string(),
  owner: z.boolean(),
  sections: z.union([z.literal("all"), z.array(z.int())]).describe("Sections that it may use."),
  avatar: z.string().nullable().describe("A URL, or a path of this server."),
  signedInBy: z.enum(["token", "cookie", "network"]),
  tokenId: z.string().nullable().describe("The token, or the browser: as lists of tokens name it. null by network."),
});
const code = z.object({
  code: z.string().describe("For `POST /api/v1/sign-in`, once. Shown only here."),
  accountId: z.int(),
  expiresAt: z.int().describe("Epoch milliseconds."),
  link: z.string().optional().describe("The page that signs in by this code, if this server has one."),
});

const anybody = { path: "/api/v1/sign-in", tag, access: "anybody", sameOrigin: true } as const;

/** `/api/v1/sign-in`, `/api/v1/sign-in-codes` and `/api/v1/me`. */
export const signInRoutes: FastifyPluginCallback<SignInRoutesOptions> = (app, { accounts, signIn, page }, done) => {
  const whoIs = ({ accountId, admin, ambient, tokenId }: Viewer): z.input<typeof me> => {
    const { name, sections, avatar } = accounts.get(accountId);
    return {
      accountId,
      name,
      owner: admin,
      sections: sections === "all" ? "all" : [...sections],
      avatar: avatar ?? null,
      signedInBy: ambient ?? "token",
      tokenId: ambient === "network" ? null : tokenId,
    };
  };

  apiRoute(
    app,
    {
      ...anybody,
      method: "POST",
      summary: "Sign this browser in, by a one-time code or a token: sets a cookie",
      body: credential,
      answer: me,
      errors: ["REELAY_SIGN_IN_REFUSED", "REELAY_TOO_MANY_ATTEMPTS"],
    },
    async ({ body, request, reply }) => {
      const { viewer, cookie } = await signIn.signIn(body, request.raw);
      reply.header("set-cookie", cookie);
      return whoIs(viewer);
    },
  );
  apiRoute(
    app,
    {
      ...anybody,
      method: "DELETE",
      summary: "Sign this browser out: its cookie is cleared, and what was opened with it ends",
    },
    async ({ request, reply }) => void reply.header("set-cookie", await signIn.signOut(request.viewer, request.raw)),
  );
  apiRoute(
    app,
    { method: "GET", path: "/api/v1/me", summary: "Who asks, and by what", tag, access: "account", answer: me },
    ({ viewer }) => whoIs(viewer),
  );
  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/sign-in-codes",
      summary: "Make a one-time code for a browser of an account, valid for ten minutes",
      tag,
      body: z.strictObject({ accountId: z.int().positive().default(OWNER_ID) }),
      answer: code,
      status: 201,
      errors: ["REELAY_NOT_FOUND"],
    },
    ({ body: { accountId } }) => {
      const made = signIn.makeCode(accountId);
      const address = page();
      return { ...made, ...(address === undefined ? {} : { link: signInLink(address, made) }) };
    },
  );
  done();
};
