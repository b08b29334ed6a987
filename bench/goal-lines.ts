/** A line of goals: ratios whose names begin with that of the line, and a colon. */
export interface GoalLine {
  readonly name: string;
  readonly what: string;
}

export const goalLines: readonly GoalLine[] = [
  { name: "loaded", what: "2,000 events/s offered, WebSocket and SSE: deliveries/s" },
  { name: "spaced", what: "40 events/s: the server's processor time per delivery" },
  { name: "latency", what: "40 events/s: from when an event was due to the last of 1,000 subscribers, p99" },
  { name: "filters", what: "20 filters and 10 kinds of rights among the 1,000: deliveries/s" },
  { name: "memory", what: "5,000 idle connections: memory of the process for each" },
  { name: "stuck", what: "one beside 1,000 stops reading: what it costs the others, and what waits for it" },
  { name: "storm", what: "10,000 subscribers come back at once, and each resumes 100 events" },
  { name: "append", what: "events made durable, one by one and in batches of 100" },
  { name: "growth", what: "1,000, 5,000 and 10,000 subscribers: processor time per delivery" },
  { name: "start", what: "from the command to the first event, with a library of 10,000 items" },
  { name: "scan", what: "20,000 files, new and unchanged" },
];

export function isOfLine(ratio: string, { name }: GoalLine): boolean {
  return ratio.startsWith(`${name}:`);
}
