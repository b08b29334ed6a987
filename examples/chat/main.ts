/**
 * Posts what plays, and what people think of it, to a chat.
 *
 *     CHAT_WEBHOOK=https://discord.com/api/webhooks/… npm start -- --secret <text>
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { chat } from "./chat.ts";

// A wrong option and a port that is taken are said in a line.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "10001" },
    host: { type: "string", default: "127.0.0.1" },
    secret: { type: "string", default: process.env.CHAT_SECRET },
    "signing-secret": { type: "string", default: process.env.CHAT_SIGNING_SECRET },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
// Whoever has it can post, so it is no argument: those are shown to everybody on the machine.
const webhook = process.env.CHAT_WEBHOOK;
const { host, secret } = values;
const signingSecret = values["signing-secret"];

if (webhook === undefined || !URL.canParse(webhook)) {
  process.stderr.write("Where to post? CHAT_WEBHOOK=https://discord.com/api/webhooks/…\n");
  process.exit(2);
}
if (secret === undefined && signingSecret === undefined)
  say("Without --secret or --signing-secret everybody who finds this address can post.");

const receiver = chat({ webhook, secret, signingSecret, log: say });
const server = createServer(receiver.node).listen(Number(values.port), host);
await once(server, "listening");
const { port } = server.address() as AddressInfo;
say(`Give the server this address: http://${host}:${port}/${secret === undefined ? "" : "?secret=…"}`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    server.close();
    await receiver.settled();
    process.exit(0);
  });
