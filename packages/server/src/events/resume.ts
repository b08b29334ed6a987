import type { EventLog } from "./log.ts";
import type { Family } from "./media-event.ts";
import { formatPosition, parsePosition } from "./position.ts";

/** Why a stream could not begin exactly where it was asked to. */
export interface Gap {
  readonly reason: "retention" | "epoch" | "ahead";
  /** The position that was asked for. */
  readonly from: string;
  /** The position from which on everything follows. */
  readonly to: string;
}

export interface Start {
  /** Entries with a greater `seq` follow. */
  readonly from: number;
  readonly gap?: Gap;
}

/**
 * Where a stream begins.
 * @param requested what the client sent: a position, `earliest`, or undefined for «from now on»
 * @param families those that its filter lets through: what others lost is no gap for it
 */
export function startOf(log: EventLog, requested: string | undefined, families: ReadonlySet<Family>): Start {
  if (requested === undefined || requested === "") return { from: log.last() };
  const complete = log.completeAfter(families);
  if (requested === "earliest") return { from: 0 };
  const position = parsePosition(requested);
  const gap = (reason: Gap["reason"], to: number): Gap => ({
    reason,
    from: requested,
    to: formatPosition(log.epoch, to),
  });
  if (position === undefined || position.epoch !== log.epoch) {
    // Of a former epoch the shared part need not be told again; an unknown one shares nothing with this log.
    const shared = position === undefined ? undefined : log.sharedWith(position.epoch);
    const from = position === undefined || shared === undefined ? 0 : Math.min(position.seq, shared);
    return { from, gap: gap("epoch", Math.max(from, complete)) };
  }
  if (position.seq > log.last()) return { from: log.last(), gap: gap("ahead", log.last()) };
  if (position.seq < complete) return { from: position.seq, gap: gap("retention", complete) };
  return { from: position.seq };
}
