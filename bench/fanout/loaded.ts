import { type Load, type Measured, measure, metrics, ratioOfPairs, rowOf } from "./measure.ts";
import type { Part, PartContext } from "./parts.ts";
import { floor, nchan, peer, reelay, type Subject } from "./subjects.ts";

const CONNECTIONS = 1_000;
const BYTES = 300;
const RATE = 2_000;
/** What cannot follow the rate gets fewer events, so that its queues stay small: more would only slow it down. */
const SLOW_EVENTS = 300;

/** 2,000 events a second to 1,000 subscribers: more than can be written one by one. */
export const loaded: Part = {
  name: "loaded",
  async run(context) {
    const { work, seconds, say, rounds } = context;
    const fast: Load = { connections: CONNECTIONS, rate: RATE, events: Math.round(RATE * 2 * seconds), bytes: BYTES };
    const slow: Load = { ...fast, events: Math.min(fast.events, SLOW_EVENTS) };
    await using stack = new AsyncDisposableStack();
    const sides: { subject: Subject; load: Load; measured: Measured[] }[] = [];
    const add = async (subject: Promise<Subject | undefined>, load: Load) => {
      const started = await subject;
      if (started === undefined)
        say("nginx with nchan is not installed: left out (apt-get install libnginx-mod-nchan)");
      else sides.push({ subject: stack.use(started), load, measured: [] });
    };
    await add(reelay(work, "ws", "Reelay, WebSocket"), fast);
    await add(floor(work, "ws", 5), fast);
    await add(reelay(work, "sse", "Reelay, SSE"), fast);
    await add(floor(work, "sse", 5), fast);
    await add(floor(work, "ws", 0), slow);
    await add(nchan(work, "ws"), slow);
    await add(peer("ws"), slow);
    await add(peer("socketio"), slow);
    await add(peer("better-sse"), slow);
    for (let round = -1; round < rounds; round++) {
      say(`loaded: round ${round + 1} of ${rounds}`);
      for (const { subject, load, measured } of sides) {
        const result = await measure(work, subject, load);
        if (round >= 0) measured.push(result);
      }
    }
    const of = (name: string) => sides.filter(({ subject }) => subject.name === name);
    const [ws, sse] = [of("Reelay, WebSocket")[0]?.measured ?? [], of("Reelay, SSE")[0]?.measured ?? []];
    const [floorWs, floorSse] = of("C, joined writes").map(({ measured }) => measured);
    const against = (name: string) => of(name)[0]?.measured;
    const goals = [
      { ratio: "loaded: WebSocket / joined C floor", ours: ws, theirs: floorWs, atLeast: 0.85 },
      { ratio: "loaded: SSE / joined C floor", ours: sse, theirs: floorSse, atLeast: 0.85 },
      { ratio: "loaded: WebSocket / nchan", ours: ws, theirs: against("nginx with nchan"), atLeast: 10 },
      { ratio: "loaded: WebSocket / Socket.IO", ours: ws, theirs: against("Socket.IO"), atLeast: 15 },
      { ratio: "loaded: WebSocket / ws.send", ours: ws, theirs: against("ws.send"), atLeast: 15 },
    ];
    return {
      rows: sides.map(({ subject, load, measured }) =>
        rowOf(`loaded: ${subject.name} (${subject.mode})`, metrics.throughput, measured, settingsOf(load)),
      ),
      goals: goals.flatMap(({ ours, theirs, ...goal }) =>
        theirs === undefined ? [] : [{ ...goal, value: ratioOfPairs(metrics.throughput, ours, theirs) }],
      ),
    };
  },
};

export function settingsOf({ connections, rate, events, bytes }: Load): string {
  return `${connections} subscribers, ${rate} events/s offered, ${events} events of ${bytes} bytes`;
}

export type { PartContext };
