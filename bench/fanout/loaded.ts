import { interleaved, type Load, measure, metrics, ratioOfPairs, rowOf, settingsOf, shortened } from "./measure.ts";
import type { Part } from "./parts.ts";
import { floor, nchan, peer, reelay, type Subject } from "./subjects.ts";

const RATE = 2_000;
/** What cannot follow the rate gets fewer events, so that its queues stay small: more would only slow it down. */
const SLOW_EVENTS = 300;

/** 2,000 events a second to 1,000 subscribers: more than can be written one by one. */
export const loaded: Part = {
  name: "loaded",
  async run({ work, seconds, say, rounds }) {
    const fast: Load = { connections: 1_000, rate: RATE, events: Math.round(RATE * seconds), bytes: 300 };
    const slow: Load = { ...fast, events: Math.min(fast.events, SLOW_EVENTS) };
    await using stack = new AsyncDisposableStack();
    const compared: { readonly name: string; readonly subject: Subject; readonly load: Load }[] = [];
    const add = (subject: Subject, load: Load) => {
      stack.use(subject);
      compared.push({ name: `loaded: ${subject.name}`, subject, load });
    };
    add(await reelay(work, "ws", "Reelay, WebSocket"), fast);
    add(await floor(work, "ws", 5), fast);
    add(await reelay(work, "sse", "Reelay, SSE"), fast);
    add(await floor(work, "sse", 5), fast);
    add(await floor(work, "ws", 0), slow);
    add(await peer("ws"), slow);
    add(await peer("socketio"), slow);
    add(await peer("better-sse"), slow);
    const nginx = await nchan(work, "ws");
    if (nginx === undefined) say("nginx with nchan is not installed: left out");
    else add(nginx, slow);
    const sides = Object.fromEntries(
      compared.map(({ name, subject, load }) => [
        name,
        (warmUp: boolean) => measure(work, subject, shortened(load, warmUp)),
      ]),
    );
    const told = await interleaved(rounds, sides, (text) => say(`loaded: ${text}`));
    const against = (ours: string, theirs: string, atLeast: number) => {
      const [mine, other] = [told[`loaded: ${ours}`], told[`loaded: ${theirs}`]];
      if (mine === undefined || other === undefined) return [];
      return [{ ratio: `loaded: ${ours} / ${theirs}`, value: ratioOfPairs(metrics.throughput, mine, other), atLeast }];
    };
    return {
      rows: compared.flatMap(({ name, load }) => [
        rowOf(name, metrics.throughput, told[name] ?? [], settingsOf(load)),
        rowOf(name, metrics.cpu, told[name] ?? [], settingsOf(load)),
      ]),
      goals: [
        ...against("Reelay, WebSocket", "C, joined writes, WebSocket", 0.85),
        ...against("Reelay, SSE", "C, joined writes, SSE", 0.85),
        ...against("Reelay, WebSocket", "nginx with nchan", 10),
        ...against("Reelay, WebSocket", "Socket.IO", 15),
        ...against("Reelay, WebSocket", "ws.send", 15),
      ],
    };
  },
};
