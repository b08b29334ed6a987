/**
 * Dims a lamp while a film plays.
 *
 *     npm start -- --player "Living Room TV" --bridge http://192.168.1.2 --key <user name> --light 1 --secret <text>
 *     npm start -- --player "Living Room TV" --mqtt mqtt://192.168.1.5 --topic "zigbee2mqtt/Living room/set" --secret <text>
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { hueLamp } from "./hue-lamp.ts";
import { lights } from "./lights.ts";

// A wrong option and a port that is taken are said in a line.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});

const { values } = parseArgs({
  options: {
    player: { type: "string" },
    bridge: { type: "string", default: "http://127.0.0.1:8090" },
    key: { type: "string", default: "stand-in" },
    light: { type: "string", default: "1" },
    mqtt: { type: "string", default: process.env.LIGHTS_MQTT },
    topic: { type: "string" },
    port: { type: "string", default: "10000" },
    host: { type: "string", default: "127.0.0.1" },
    secret: { type: "string", default: process.env.LIGHTS_SECRET },
    "signing-secret": { type: "string", default: process.env.LIGHTS_SIGNING_SECRET },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const { player, host, secret, mqtt, topic } = values;
const signingSecret = values["signing-secret"];

if (player === undefined) {
  process.stderr.write('Which player stands in the room? --player "Living Room TV"\n');
  process.exit(2);
}
if ((mqtt === undefined) !== (topic === undefined)) {
  process.stderr.write('A lamp by MQTT has both: --mqtt mqtt://192.168.1.5 --topic "zigbee2mqtt/Living room/set"\n');
  process.exit(2);
}
const [option, address, schemes] =
  mqtt === undefined
    ? ["--bridge", values.bridge, ["http", "https"]]
    : ["--mqtt", mqtt, ["mqtt", "mqtts", "ws", "wss"]];
if (!schemes.includes(URL.parse(address)?.protocol.slice(0, -1) ?? "")) {
  // Not shown: there may be a password in it.
  process.stderr.write(`${option}: that is no address such as ${schemes[0]}://192.168.1.2\n`);
  process.exit(2);
}
if (secret === undefined && signingSecret === undefined)
  say("Without --secret or --signing-secret everybody who finds this address can dim the lamp.");

const lamp =
  mqtt === undefined || topic === undefined
    ? hueLamp(values)
    : (await import("./mqtt-lamp.ts")).mqttLamp({ broker: mqtt, topic });
const receiver = lights({ lamp, player, secret, signingSecret, log: say });
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
