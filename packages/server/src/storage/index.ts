export type { Param, Queries, Row } from "./connection.ts";
export { Database, type DatabaseOptions, type Synchronous } from "./database.ts";
export { backUp, checkIntegrity, DatabaseDamaged } from "./maintenance.ts";
export { type Migration, shippedMigrations } from "./migrate.ts";
export type { Transaction } from "./unit.ts";
