/**
 * What Reelay's fan-out is measured beside, as its own documentation says to use it: one event, told to everyone.
 *
 *     node peer.js ws|socketio|better-sse
 *
 * Prints its port, then obeys `run RATE EVENTS BYTES` on standard input and answers when all was handed to the library.
 */
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const kinds = { ws, socketio, "better-sse": betterSse };
const server = createServer();
const tell = await kinds[process.argv[2]](server);
server.listen(0, "127.0.0.1", 4096, () => print({ port: server.address().port }));

for await (const line of createInterface(process.stdin)) {
  const [, rate, events, bytes] = line.split(" ").map(Number);
  const first = process.hrtime.bigint() + 1_000_000n;
  const due = (index) => first + BigInt(Math.round((index * 1e9) / rate));
  for (let index = 0; index < events; ) {
    for (; index < events && due(index) <= process.hrtime.bigint(); index++) tell(entry(index + 1, due(index), bytes));
    if (index < events) await later(Number(due(index) - process.hrtime.bigint()) / 1e6);
  }
  print({ events });
}
// Whoever gave the commands has gone.
process.exit();

/** The document of a timeline notification; the title has the number and the time at which it was due. */
function entry(number, due, bytes) {
  const title = `bench ${number} ${due} `.padEnd(bytes - 150, ".");
  return {
    identifier: "com.plexapp.plugins.library",
    sectionID: "1",
    itemID: "1",
    type: 1,
    title,
    state: 5,
    updatedAt: 1_700_000_000,
  };
}

async function ws(server) {
  const { WebSocketServer } = await import("ws");
  const { clients } = new WebSocketServer({ server, backlog: 4096, clientTracking: true });
  return (entry) => {
    const text = JSON.stringify({ NotificationContainer: { type: "timeline", size: 1, TimelineEntry: [entry] } });
    for (const client of clients) client.send(text);
  };
}

async function socketio(server) {
  const { Server } = await import("socket.io");
  const io = new Server(server, { transports: ["websocket"] });
  return (entry) => io.emit("timeline", { TimelineEntry: entry });
}

async function betterSse(server) {
  const { createChannel, createSession } = await import("better-sse");
  const channel = createChannel();
  server.on("request", async (request, response) => channel.register(await createSession(request, response)));
  return (entry) => channel.broadcast({ TimelineEntry: entry }, "timeline");
}

function later(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
