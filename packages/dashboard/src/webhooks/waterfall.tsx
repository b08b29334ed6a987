import type { Timings } from "./types.ts";

const phases = [
  ["dns", "Name look-up"],
  ["connect", "Connecting"],
  ["tls", "TLS"],
] as const;

/**
 * Where the time of a request went: one bar after the other, in proportion to the longest attempt.
 * @param longest ms
 */
export function Waterfall({ timings, longest }: { timings: Timings; longest: number }) {
  const { firstByte, total } = timings;
  const connecting = phases.flatMap(([key, name]) => {
    const ms = timings[key];
    return ms === undefined ? [] : [{ key, name, ms }];
  });
  const connected = connecting.reduce((sum, { ms }) => sum + ms, 0);
  // Counted from the start, with what it took to connect.
  const waited = Math.max(0, (firstByte ?? total) - connected);
  const parts = [
    ...connecting,
    { key: "waiting", name: "Waiting for the answer", ms: waited },
    ...(firstByte === undefined ? [] : [{ key: "rest", name: "Reading it", ms: Math.max(0, total - firstByte) }]),
  ];
  const label = parts.map(({ name, ms }) => `${name} ${round(ms)} ms`).join(", ");
  return (
    <div className="waterfall" role="img" aria-label={`${label}; ${round(timings.total)} ms in all`} title={label}>
      <span className="waterfall-bar">
        {parts.map(({ key, ms }) => (
          <span key={key} className={`waterfall-${key}`} style={{ width: `${(ms / longest) * 100}%` }} />
        ))}
      </span>
      <span className="muted small">{round(timings.total)} ms</span>
    </div>
  );
}

function round(ms: number): number {
  return ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms);
}
