import { nearestOf } from "@reelay/protocol";
import { z } from "zod";
import { isPreferenceId, preferences, readValue } from "./catalogue.ts";

const MOST = 200;

/**
 * Values of preferences by id, as a configuration file has them: text, numbers, true and false. All must be allowed, or none is taken.
 * They come out as the text that clients would send. What is wrong with one is an issue at its id, in words for people.
 */
export const firstValues = z
  .record(z.string().max(MOST), z.unknown())
  .transform((given, context): Readonly<Record<string, string>> => {
    for (const [id, value] of Object.entries(given)) {
      const wrong = problemOf(id, value);
      if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong, path: [id], params: { told: true } });
    }
    return Object.fromEntries(Object.entries(given).map(([id, value]) => [id, String(value)]));
  });

function problemOf(id: string, value: unknown): string | undefined {
  if (!isPreferenceId(id)) return `there is no such preference${meant(id)}`;
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const read = isPlain ? readValue(preferences[id], String(value)) : { allowed: "one value, not a list or nothing" };
  return "allowed" in read ? `it takes ${read.allowed}` : undefined;
}

function meant(id: string): string {
  const nearest = nearestOf(id, Object.keys(preferences));
  return nearest === undefined ? "; GET /:/prefs lists all" : `; did you mean ${nearest}?`;
}
