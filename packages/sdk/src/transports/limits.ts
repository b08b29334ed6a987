/** Longest message that is read, bytes. Plex's are below 4 KiB. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;
