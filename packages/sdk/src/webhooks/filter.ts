import { type Match, parseMatch } from "@reelay/protocol";

/** A filter that can fit. One by a field that does not exist would let everything through, one by a wrong value nothing. @throws TypeError */
export function filterOf(filter: Match): Match {
  const parsed = parseMatch(filter);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}
