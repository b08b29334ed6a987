export { Accounts, type AccountsOptions, OWNER_ID } from "./accounts.ts";
export { accountRoutes } from "./routes.ts";
export type { TokenInfo } from "./tokens.ts";
