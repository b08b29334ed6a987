export { startServer } from "../../server/src/index.ts";
