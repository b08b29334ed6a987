import { encodeSseNotification, notificationExamples } from "@reelay/protocol";
import { sseDecoder } from "../packages/sdk/src/stream/decoder.ts";
import { inTurns, ratioOf } from "./measure.ts";
import { importPeer } from "./peer.ts";
import type { BenchOptions, BenchSuite } from "./report.ts";

type Parse = (chunk: string) => number;
type CreateParser = (callbacks: { onEvent(event: { data: string }): void }) => { feed(chunk: string): void };

/** The events of one pass: a stream as a busy server sends it. */
const EVENTS = 2_000;
/** What a socket hands over at once. */
const CHUNK = 16 * 1024;

/** How fast a stream is read: to typed events, beside the parser that the `eventsource` package uses. */
export async function benchParse({ seconds, rounds, say }: BenchOptions): ReturnType<BenchSuite["run"]> {
  say("sdk: reading event streams");
  const { playing, timeline, activity } = notificationExamples;
  const text = Array.from({ length: EVENTS }, (_, index) =>
    encodeSseNotification(
      index % 3 === 0
        ? { type: "playing", entry: playing }
        : index % 3 === 1
          ? { type: "timeline", entry: timeline }
          : { type: "activity", entry: activity },
      { id: `00000000000000aa-${index}` },
    ),
  ).join("");
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) chunks.push(bytes.subarray(at, at + CHUNK));

  const { createParser } = (await importPeer("eventsource-parser")) as { createParser: CreateParser };
  const ours = () => {
    const decode = sseDecoder();
    return (chunk: Uint8Array) => decode(chunk).length;
  };
  const theirs = () => {
    const decoder = new TextDecoder();
    let count = 0;
    const parser = createParser({
      onEvent({ data }) {
        JSON.parse(data);
        count++;
      },
    });
    const parse: Parse = (chunk) => {
      count = 0;
      parser.feed(chunk);
      return count;
    };
    return (chunk: Uint8Array) => parse(decoder.decode(chunk, { stream: true }));
  };
  const settings = `${EVENTS} events of ${Math.round(bytes.length / EVENTS)} bytes, chunks of 16 KiB`;
  const side = (name: string, make: () => (chunk: Uint8Array) => number, what: string) => ({
    name,
    unit: "events/s",
    settings: `${settings}; ${what}`,
    async measure() {
      const end = performance.now() + seconds * 1_000;
      const began = performance.now();
      let read = 0;
      while (performance.now() < end) {
        const parse = make();
        for (const chunk of chunks) read += parse(chunk);
      }
      return (read / (performance.now() - began)) * 1_000;
    },
  });
  const rows = await inTurns(
    [
      side("SDK: bytes to typed events", ours, "ids of old servers made text"),
      side("eventsource-parser and JSON.parse", theirs, "no types, no limits"),
    ],
    rounds,
  );
  return { rows, goals: [{ ratio: "parse/eventsource-parser", value: ratioOf(rows), atLeast: 0.2 }] };
}
