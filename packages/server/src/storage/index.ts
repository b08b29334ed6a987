export {
  Database,
  type DatabaseOptions,
  type Param,
  type Queries,
  type Row,
  type Synchronous,
  type Transaction,
} from "./database.ts";
export { type Migration, shippedMigrations } from "./migrate.ts";
