import { interleaved, type Load, measure, metrics, ratioOfPairs, rowOf, settingsOf, shortened } from "./measure.ts";
import type { Part } from "./parts.ts";
import { type Reelay, reelay, type Subject } from "./subjects.ts";

const FILTERS = [
  "timeline",
  "timeline,playing",
  "timeline,activity",
  "timeline,status",
  "timeline,progress",
  "timeline,preference",
  "timeline,account",
  "timeline,reachability",
  "timeline,playing,activity",
  "timeline,playing,status",
  "timeline,playing,progress",
  "timeline,activity,status",
  "timeline,activity,progress",
  "timeline,status,progress",
  "timeline,playing,activity,status",
  "timeline,playing,activity,progress",
  "-log",
  "-log,playing",
  "-log,activity",
  "-log,status",
];

/** 20 filters and 10 kinds of rights among the subscribers, so 200 groups, beside one group. */
export const crowd: Part = {
  name: "filters",
  async run({ work, seconds, rounds, say }) {
    const load: Load = { connections: 1_000, rate: 2_000, events: Math.round(2_000 * seconds), bytes: 300 };
    await using server = await reelay(work, "ws", "Reelay, WebSocket");
    const tokens = await members(server, 9);
    const mixed = {
      ...server,
      targets: FILTERS.flatMap((filter) =>
        [undefined, ...tokens].map((token) =>
          token === undefined
            ? (server.targets[0] ?? "").replace(/filters=.*/, `filters=${filter}`)
            : server.target(token, filter),
        ),
      ),
    };
    const side = (subject: Subject) => (warmUp: boolean) => measure(work, subject, shortened(load, warmUp));
    const { one, many } = await interleaved(rounds, { one: side(server), many: side(mixed) }, (text) =>
      say(`filters: ${text}`),
    );
    return {
      rows: [
        rowOf("filters: one group", metrics.throughput, one, settingsOf(load)),
        rowOf("filters: 20 filters × 10 kinds of rights", metrics.throughput, many, settingsOf(load)),
        rowOf("filters: one group", metrics.cpu, one, settingsOf(load)),
        rowOf("filters: 20 filters × 10 kinds of rights", metrics.cpu, many, settingsOf(load)),
      ],
      goals: [
        { ratio: "filters: mixed / one group", value: ratioOfPairs(metrics.throughput, many, one), atLeast: 0.7 },
      ],
    };
  },
};

/** Accounts that may each use section 1 and another choice of the others. @returns their tokens */
async function members(server: Reelay, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < count; index++) {
    const others = [2, 3, 4, 5].filter((_, bit) => (index >> bit) & 1);
    const account = await post(server, "/api/v1/accounts", { name: `Member ${index}`, sections: [1, ...others] });
    const token = await post(server, `/api/v1/accounts/${account.id}/tokens`, { name: "bench" });
    tokens.push(String(token.token));
  }
  return tokens;
}

async function post(server: Reelay, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await server.fetch(path, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}
