/**
 * Publishes events to nginx's nchan over a few connections that are kept open.
 *
 *     node nchan-publisher.js PORT
 */
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
print({ port });

for await (const line of createInterface(process.stdin)) {
  const [, rate, events, bytes] = line.split(" ").map(Number);
  const first = process.hrtime.bigint() + 1_000_000n;
  const due = (index) => first + BigInt(Math.round((index * 1e9) / rate));
  const published = [];
  for (let index = 0; index < events; ) {
    for (; index < events && due(index) <= process.hrtime.bigint(); index++) {
      published.push(publish(index + 1, due(index), bytes));
    }
    if (index < events) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(published);
  print({ events });
}
// Whoever gave the commands has gone.
process.exit();

/** One connection, so that events keep their order. */
function publish(number, due, bytes) {
  const title = `bench ${number} ${due} `.padEnd(bytes - 150, ".");
  const body = `{"TimelineEntry":{"identifier":"com.plexapp.plugins.library","sectionID":"1","itemID":"1","type":1,"title":"${title}","state":5,"updatedAt":1700000000}}`;
  return new Promise((resolve, reject) => {
    const sending = request({
      port,
      agent,
      method: "POST",
      path: "/publish",
      headers: { "content-length": body.length },
    });
    sending.on("error", reject);
    sending.on("response", (answer) => answer.resume().on("end", resolve));
    sending.end(body);
  });
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
