export { tokenState, UpstreamError } from "./client.ts";
export { diagnose, type Finding } from "./diagnosis.ts";
export { type KnownBy, knowable } from "./knowable.ts";
export { Links } from "./links.ts";
export type { UpstreamOption } from "./option.ts";
export { type AccountServer, PlexTv, reachableAddress } from "./plex-tv.ts";
export { upstreamRoutes } from "./routes.ts";
export type { UpstreamStatus } from "./upstream.ts";
export { Upstreams } from "./upstreams.ts";
