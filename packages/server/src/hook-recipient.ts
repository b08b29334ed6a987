import { type Accounts, OWNER_ID } from "./accounts/index.ts";
import { type Audience, maySee } from "./events/index.ts";

/** Whose hook it is, with the rights of this moment; undefined for an account that is gone. */
export function hookRecipient(accounts: Accounts, accountId: number) {
  const account = accounts.list().find(({ id }) => id === accountId);
  if (account === undefined) return undefined;
  const rights = accounts.rightsOf(accountId);
  const { name: title, avatar } = account;
  return {
    accountId,
    isOwner: accountId === OWNER_ID,
    maySee: (audience: Audience) => maySee(rights, audience),
    // A path of this server is nothing that a receiver could fetch.
    own: { id: accountId, ...(avatar?.startsWith("http") ? { thumb: avatar } : {}), title },
  };
}
