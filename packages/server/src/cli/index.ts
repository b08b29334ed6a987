export { describeNotification, eventLine } from "./describe.ts";
export { main } from "./main.ts";
