import type { RequestHead } from "./query.ts";

/** Values of a name that are looked at: a neighbour on the same host may have set others. */
const MOST_VALUES = 4;

/** The values of the cookies with this name, as they were sent: one for each path or host that set it. */
export function cookieValues({ headers }: Pick<RequestHead, "headers">, name: string): readonly string[] {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const start = `${name}=`;
  return pairs
    .filter((pair) => pair.startsWith(start) && pair.length > start.length)
    .map((pair) => pair.slice(start.length))
    .slice(0, MOST_VALUES);
}
