import { ask } from "../api/client.ts";

/** Who is signed in. */
export interface Me {
  readonly accountId: number;
  readonly name: string;
  /** Who sees and may do everything. */
  readonly owner: boolean;
  readonly sections: "all" | readonly number[];
}

export function me(signal: AbortSignal): Promise<Me> {
  return ask<Me>("/api/v1/me", { signal });
}

/** The code of a sign-in link, which is taken out of the address so that it is in no history; undefined if there is none. */
export function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code === null || code === "") return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return code;
}

export async function signIn(by: { readonly code: string } | { readonly token: string }): Promise<void> {
  await ask("/api/v1/sign-in", { method: "POST", body: by });
}

export async function signOut(): Promise<void> {
  await ask("/api/v1/sign-in", { method: "DELETE" });
}
