import { shortSpan } from "../ui/time.tsx";
import type { Delivery } from "./types.ts";

const BARS = 40;
const WIDTH = 160;
const HEIGHT = 28;

/** How long the newest deliveries took, from cause to answer: one bar each, in logarithmic height. */
export function LatencyPlot({ deliveries }: { deliveries: readonly Delivery[] }) {
  const newest = deliveries.slice(0, BARS).toReversed();
  const took = newest.map(({ endedAt, eventTime, state }) =>
    state === "delivered" && endedAt !== null ? Math.max(1, endedAt - eventTime) : undefined,
  );
  const known = took.filter((ms) => ms !== undefined);
  if (newest.length === 0) return null;
  const longest = Math.max(...known, 1_000);
  const mean = known.length === 0 ? undefined : Math.round(known.reduce((sum, ms) => sum + ms, 0) / known.length);
  const label =
    mean === undefined
      ? "None was delivered"
      : `Delivered after ${shortSpan(mean)} on average, ${shortSpan(Math.max(...known))} at most`;
  return (
    <svg className="latency" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <title>{label}</title>
      {newest.map(({ id, state }, at) => {
        const ms = took[at];
        const height = ms === undefined ? HEIGHT / 3 : Math.max(2, (Math.log10(ms) / Math.log10(longest)) * HEIGHT);
        return (
          <rect
            key={id}
            className={`latency-${state}`}
            x={WIDTH - (newest.length - at) * (WIDTH / BARS)}
            y={HEIGHT - height}
            width={WIDTH / BARS - 1.2}
            height={height}
            rx={1}
          />
        );
      })}
    </svg>
  );
}
