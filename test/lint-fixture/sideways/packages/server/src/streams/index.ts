import type { Account } from "../accounts/index.ts";

export type Reader = Account;
