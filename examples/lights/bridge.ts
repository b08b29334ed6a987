/**
 * A stand-in for a Hue bridge with one lamp, drawn in the terminal.
 *
 *     npm run bridge -- --port 8090
 */
import { parseArgs } from "node:util";
import { drawLamp, standInBridge } from "./stand-in-bridge.ts";

// A wrong option and a port that is taken are said in a line.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});

const { values } = parseArgs({ options: { port: { type: "string", default: "8090" } } });
const draw = (line: string) => process.stdout.write(process.stdout.isTTY ? `\r${line}` : `${line}\n`);
const bridge = await standInBridge({ port: Number(values.port), onChange: (state) => draw(drawLamp(state)) });
process.stdout.write(`A bridge with one lamp: ${bridge.url}\n`);
draw(drawLamp(bridge.state));
