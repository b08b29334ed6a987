export { Links } from "./links.ts";
export type { UpstreamOption } from "./option.ts";
export { upstreamRoutes } from "./routes.ts";
export { Upstreams } from "./upstreams.ts";
