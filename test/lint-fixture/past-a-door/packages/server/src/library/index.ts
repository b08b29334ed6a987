export { append } from "../events/outbox.ts";
