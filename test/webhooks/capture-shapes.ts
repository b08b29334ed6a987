import { readFileSync } from "node:fs";
import type { WebhookPayload } from "@reelay/protocol";
import { compareShape, type Shape } from "../shapes/shape.ts";

const shape = (name: string): Shape =>
  JSON.parse(readFileSync(new URL(`../shapes/webhook.${name}.json`, import.meta.url), "utf8"));

/** What may differ from captures, and why. Each is a sentence of the comparison, and each must still be needed. */
export const excused: Readonly<Record<string, string>> = {
  "Account.thumb is missing, every capture has it": "an account here need not have a picture",
  "contentRating is missing, every capture has it": "neither files nor folders say it; an agent would know",
  "studio is missing, every capture has it": "an agent would know",
  "year is missing, every capture has it": "names of episodes and shows need not have one",
  "originallyAvailableAt is missing, every capture has it": "an agent would know; names have a year at most",
  "Genre is missing, every capture has it": "only the tags of music have one",
  "Role is missing, every capture has it": "an agent would know",
  "grandparentTheme is missing, every capture has it": "there are no theme tunes",
  "ratingCount is missing, every capture has it": "Plex counts it among all its users",
  "Location is missing, every capture has it": "a folder on the server is nobody's business outside",
  "index is missing, every capture has it": "a show has no number here; in captures it is always 1",
  "duration is missing, every capture has it": "of a show: an agent would know how long its episodes are",
  "viewOffset is in no capture": "of a track: those that were captured had just begun",
  "viewCount is in no capture":
    "captured films have it when they were seen; no capture is of an episode or a track that was",
  "lastViewedAt is in no capture": "as viewCount",
  "userRating is in no capture": "the captured rating is of a film; episodes and tracks are rated here too",
  "lastRatedAt is in no capture": "as userRating",
  "duration is in no capture": "of a track: the library's JSON has it, captures of today's servers too old to have it",
  "Genre is in no capture": "of a track: from its tags",
  "librarySectionTitle is in no capture": "the capture of a show is of 2020; items of today have it",
  "librarySectionID is in no capture": "as librarySectionTitle",
  "librarySectionKey is in no capture": "as librarySectionTitle",
  "librarySectionID stands behind parentKey, in captures before it":
    "as in captures of episodes since 2023; that of a track is of 2016",
};
/** Of {@link excused}, what was needed since the file of tests began. */
export const used = new Set<string>();

/**
 * What is wrong with a payload, but for what is excused.
 * @param item the shape of its item
 * @param envelope the shape around it, where it is another event's
 */
export function problemsOf(
  { Metadata, ...around }: WebhookPayload,
  item: string,
  envelope: string = around.event,
): string[] {
  const whole = { ...around, ...(Metadata && { Metadata: {} }) };
  const problems = [
    ...compareShape(whole, shape(envelope)),
    ...(Metadata ? compareShape(Metadata, shape(`item.${item}`)) : []),
  ];
  for (const problem of problems) if (Object.hasOwn(excused, problem)) used.add(problem);
  return problems.filter((problem) => !Object.hasOwn(excused, problem));
}
