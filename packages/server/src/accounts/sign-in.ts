import { cookieValues, type RequestHead, type Viewer } from "../http/index.ts";
import { type Clock, ReelayError } from "../support/index.ts";
import type { Accounts } from "./accounts.ts";
import { FailedAttempts } from "./attempts.ts";
import { browserName } from "./browser-name.ts";
import { type SignInCode, SignInCodes } from "./sign-in-codes.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** Longer than browsers keep any cookie: how long one is valid unused is decided here. */
const COOKIE_MAX_AGE_S = 400 * 86_400;

export interface SignInOptions {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly locate: (head: RequestHead) => Whereabouts;
  /** Names the cookie: browsers do not tell the ports of a machine apart, and each may have its own server. */
  readonly machineIdentifier: string;
  /** What this server speaks: over TLS the cookie never travels in the clear. */
  readonly scheme: "http" | "https";
  /** Below which everything is served. Default: empty. */
  readonly basePath?: string;
  /** Where people find it, if that was given. */
  readonly publicUrl?: string | undefined;
}

/** The address at which a page takes a code: behind the `#`, which is sent to no server and so reaches no log. */
export function signInLink(page: string, { code }: SignInCode): string {
  return `${page}#code=${code}`;
}

/** By what a browser signs in. */
export type Credential = { readonly code: string } | { readonly token: string };

/** Lets browsers in: a one-time code or a token becomes a cookie, which is listed and revoked as tokens are. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #codes: SignInCodes;
  readonly #attempts: FailedAttempts;
  readonly #cookie: string;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#codes = new SignInCodes(options.clock);
    this.#attempts = new FailedAttempts(options.clock);
    this.#cookie = `reelay_${options.machineIdentifier.slice(0, 8)}`;
  }

  /** @throws REELAY_NOT_FOUND */
  makeCode(accountId: number): SignInCode {
    return this.#codes.make(this.#options.accounts.get(accountId).id);
  }

  /** Who a request's cookie belongs to: one of the gate's ways to know a caller. */
  readonly byCookie = (head: RequestHead): Viewer | undefined => {
    let viewer: Viewer | undefined;
    for (const value of cookieValues(head, this.#cookie)) {
      viewer ??= this.#options.accounts.tokens.authenticateBrowser(value);
    }
    return viewer;
  };

  /** @returns the header `Set-Cookie` @throws REELAY_SIGN_IN_REFUSED, REELAY_TOO_MANY_ATTEMPTS */
  async signIn(
    credential: Credential,
    head: RequestHead,
  ): Promise<{ readonly viewer: Viewer; readonly cookie: string }> {
    const { tokens } = this.#options.accounts;
    const { address } = this.#options.locate(head);
    this.#attempts.requireRoom(address);
    const { accountId, madeWith } = this.#known(credential) ?? {};
    if (accountId === undefined) {
      this.#attempts.failed(address);
      throw new ReelayError("REELAY_SIGN_IN_REFUSED");
    }
    const made = await tokens.createBrowser(accountId, browserName(head.headers["user-agent"]), madeWith);
    const viewer = tokens.authenticateBrowser(made.token);
    if (viewer === undefined) throw new ReelayError("REELAY_SIGN_IN_REFUSED");
    return { viewer, cookie: this.#setCookie(head, made.token, COOKIE_MAX_AGE_S) };
  }

  /** Signs the browser out that asks, if it is one. @returns the header `Set-Cookie` */
  async signOut(viewer: Viewer | undefined, head: RequestHead): Promise<string> {
    if (viewer?.ambient === "cookie") await this.#options.accounts.tokens.revoke(viewer.tokenId);
    return this.#setCookie(head, "", 0);
  }

  #known(credential: Credential): { readonly accountId?: number | undefined; readonly madeWith?: string } | undefined {
    const { accounts } = this.#options;
    if ("code" in credential) {
      const accountId = this.#codes.redeem(credential.code);
      // Removed since the code was made.
      return accounts.list().some(({ id }) => id === accountId) ? { accountId } : undefined;
    }
    const viewer = accounts.tokens.authenticate(credential.token);
    return viewer && { accountId: viewer.accountId, madeWith: viewer.tokenId };
  }

  #setCookie({ headers: { origin } }: RequestHead, value: string, maxAge: number): string {
    const { scheme, basePath = "", publicUrl } = this.#options;
    const there = publicUrl === undefined ? undefined : new URL(publicUrl);
    // A proxy may take the path away or end TLS: what counts is how the browser sees it.
    const path = there !== undefined && there.origin === origin ? there.pathname : basePath;
    const secure = origin === undefined ? scheme === "https" : origin.startsWith("https:");
    const attributes = [`Path=${path === "" ? "/" : path}`, `Max-Age=${maxAge}`, "HttpOnly", "SameSite=Strict"];
    return [`${this.#cookie}=${value}`, ...attributes, ...(secure ? ["Secure"] : [])].join("; ");
  }
}
