/**
 * What names tell: pure functions from a path below a section's folder to what people meant by it.
 *
 * Paths are relative, separated by `/`, already decoded. No function here throws, whatever the string, and all take time
 * linear in a name that is cut at 512 characters first (Linux allows 255 bytes).
 */
export { type ParsedEpisode, parseEpisode } from "./naming-episode.ts";
export { classifyFile, type FileClass, type IgnoreReason } from "./naming-files.ts";
export { albumKey, artistKey, episodeKey, movieKey, seasonKey, showKey, trackKey } from "./naming-keys.ts";
export { type ParsedMovie, parseMovie } from "./naming-movie.ts";
export { guessSectionType, type SectionType } from "./naming-section.ts";
export { titleSort } from "./naming-text.ts";
export { type ParsedTrack, parseTrack } from "./naming-track.ts";
export { mergeTrackTags, type TrackTags } from "./naming-track-tags.ts";
