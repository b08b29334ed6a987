import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * One player that reports without end: a process of its own, requests made beforehand, pipelined on a few raw sockets. It offers so many a second
 * whether they are answered or not, and gives what was answered as JSON.
 *
 *     node reports-client.ts <port> <token> <ratingKey> <player> <reports a second> <seconds>
 */
const [port = "", token = "", ratingKey = "", player = "", rate = "10000", seconds = "5"] = process.argv.slice(2);
const SOCKETS = 8;
const TURN_MS = 10;

/** What is looked for in answers: heads and nothing else hold these. */
const patterns = { ok: "HTTP/1.1 200", refused: "HTTP/1.1 429", retryAfter: "\r\nretry-after: 1\r\n" } as const;
type Counts = Record<keyof typeof patterns, number> & { answered: number };

const counts: Counts = { ok: 0, refused: 0, retryAfter: 0, answered: 0 };
const sockets = await Promise.all(Array.from({ length: SOCKETS }, open));
let offered = 0;
const began = performance.now();
for (;;) {
  const elapsed = performance.now() - began;
  if (elapsed >= Number(seconds) * 1_000) break;
  // What was due since the last turn, so that a late timer offers no less.
  const due = Math.floor((elapsed / 1_000) * Number(rate)) - offered;
  const each = Math.ceil(due / SOCKETS);
  for (const socket of sockets) {
    const requests = Array.from({ length: Math.min(each, due) }, () => requestOf(offered++));
    if (requests.length > 0) socket.write(requests.join(""));
  }
  await delay(TURN_MS);
}
const took = (performance.now() - began) / 1_000;
const inTime = { ...counts };
for (let left = 1_500; counts.answered < offered && left > 0; left--) await delay(20);
const answeredIn = (performance.now() - began) / 1_000;
for (const socket of sockets) socket.destroy();
process.stdout.write(`${JSON.stringify({ offered, took, answeredIn, inTime, counts })}\n`);

function requestOf(number: number): string {
  return `GET /:/timeline?ratingKey=${ratingKey}&state=playing&time=${number % 4_000} HTTP/1.1\r\nHost: localhost\r\nX-Plex-Token: ${token}\r\nX-Plex-Client-Identifier: ${player}\r\nAccept: application/json\r\n\r\n`;
}

async function open(): Promise<Socket> {
  const socket = connect(Number(port), "127.0.0.1");
  socket.setNoDelay(true);
  let rest = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    const whole = rest + text;
    // A head that is cut is counted with its other half.
    const cut = Math.max(0, whole.lastIndexOf("HTTP/1.1 "));
    count(whole.slice(0, cut));
    rest = whole.slice(cut);
    if (isWhole(rest)) {
      count(rest);
      rest = "";
    }
  });
  socket.on("error", (error) => {
    throw error;
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** One answer, with the whole of its body. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return head !== -1 && length !== undefined && text.length >= head + 4 + Number(length);
}

function count(text: string): void {
  for (const name of ["ok", "refused", "retryAfter"] as const) counts[name] += text.split(patterns[name]).length - 1;
  counts.answered = counts.ok + counts.refused;
}
