export { type Account, OWNER_ID } from "./account.ts";
export { accountRoutes } from "./account-routes.ts";
export { Accounts, type AccountsOptions } from "./accounts.ts";
export { deviceRoutes } from "./device-routes.ts";
export { Devices } from "./devices.ts";
export { createLocator } from "./locator.ts";
export { plexAccountRoutes } from "./plex-routes.ts";
export { tokenRoutes } from "./token-routes.ts";
export type { Whereabouts } from "./whereabouts.ts";
