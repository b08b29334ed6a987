export { told } from "../events/index.ts";
