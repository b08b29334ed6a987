export { twin } from "./testing/twin.ts";
