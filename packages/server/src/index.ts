export { startServer } from "./server.ts";
export type { LibrarySummary, RunningServer, SectionOption, ServerOptions } from "./server-options.ts";
