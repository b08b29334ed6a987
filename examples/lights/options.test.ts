import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test.each<[what: string, options: readonly string[], complaint: string]>([
  ["no player", [], "--player"],
  ["an address without a topic", ["--player", "x", "--mqtt", "mqtt://127.0.0.1"], "--topic"],
  ["a broker that speaks HTTP", ["--player", "x", "--mqtt", "http://127.0.0.1", "--topic", "t"], "--mqtt: that is no"],
  ["a bridge that is no address", ["--player", "x", "--bridge", "192.168.1.2"], "--bridge: that is no"],
  ["an option that there is not", ["--plyer", "x"], "--plyer"],
  ["a port that is none", ["--player", "x", "--secret", "s", "--port", "many"], "65536"],
])("%s is refused, in one line", async (_what, options, complaint) => {
  const file = fileURLToPath(new URL("main.ts", import.meta.url));
  const program = spawn(process.execPath, ["-C", "source", file, ...options], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  program.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(program, "close");
  expect(code).toBe(2);
  expect(said).toContain(complaint);
  expect(said.trimEnd().split("\n")).toHaveLength(1);
});
