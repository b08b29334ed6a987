export { type BackupFile, listBackups } from "./backups.ts";
export { Butler, type ButlerOptions } from "./butler.ts";
export { butlerRoutes } from "./routes.ts";
export { checkInBackground, standardTasks } from "./standard-tasks.ts";
export type { Task, TaskRun } from "./tasks.ts";
