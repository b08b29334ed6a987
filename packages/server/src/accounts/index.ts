export { Accounts, type AccountsOptions } from "./accounts.ts";
export { accountRoutes } from "./routes.ts";
export type { TokenInfo } from "./tokens.ts";
