/** `events.subscribe` for those who import only what they use. */
export { subscribe as eventsSubscribe } from "../subscribe/index.ts";
