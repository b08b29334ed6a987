export { COMPATIBLE_VERSION, type Identity, openIdentity } from "./identity.ts";
export { identityRoutes } from "./routes.ts";
