export { PageBuild } from "./page-build.ts";
export { PageFiles } from "./page-files.ts";
export { webRoutes } from "./routes.ts";
