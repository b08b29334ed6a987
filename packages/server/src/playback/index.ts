export { openPlayback, type Playback, type PlaybackOptions } from "./playback.ts";
export type { Locate } from "./player.ts";
