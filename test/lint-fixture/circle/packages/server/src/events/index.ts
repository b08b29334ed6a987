export { outbox } from "./outbox.ts";
