export { escape } from "../../../protocol/src/xml.ts";
