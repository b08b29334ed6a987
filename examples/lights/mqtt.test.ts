import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WebhookEventName } from "@reelay/sdk/webhooks";
import { testDelivery } from "@reelay/sdk/webhooks/testing";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { MosquittoProcess } from "../../test/support/mosquitto-process.ts";
import { until } from "../../test/support/wait.ts";

const PLAYER = { local: true, publicAddress: "203.0.113.7", title: "Living Room TV", uuid: "tv-1" };
const TOPIC = "zigbee2mqtt/Living room/set";

test("the program drives a lamp behind a real broker, and says nothing late after the broker was away", async () => {
  await using broker = await MosquittoProcess.start();
  const heard: unknown[] = [];
  const lamp = await connectAsync(broker.url, { reconnectPeriod: 50, resubscribe: true });
  await using _lamp = { [Symbol.asyncDispose]: () => lamp.endAsync(true) };
  lamp.on("message", (_topic, message) => heard.push(JSON.parse(message.toString())));
  lamp.on("error", () => undefined);
  await lamp.subscribeAsync(TOPIC, { qos: 1 });

  const file = fileURLToPath(new URL("main.ts", import.meta.url));
  const options = ["--player", PLAYER.title, "--mqtt", broker.url, "--topic", TOPIC, "--port", "0", "--secret", "text"];
  const program = spawn(process.execPath, ["-C", "source", file, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  await using _program = { [Symbol.asyncDispose]: async () => void program.kill("SIGKILL") };
  let output = "";
  program.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const url = () => /http:\/\/[\d.:]+/.exec(output)?.[0];
  await until(() => url() !== undefined || program.exitCode !== null, "the program to start");
  let posted = 0;
  const post = async (event: WebhookEventName) => {
    const { headers, body } = await testDelivery(event, { payload: { Player: PLAYER }, id: `msg_${posted++}` });
    expect((await fetch(`${url()}/?secret=text`, { method: "POST", headers, body })).status).toBe(200);
  };
  /** How many deliveries the lamp was not told. */
  const missed = () => output.match(/The broker (?:is away|does not answer)/g)?.length ?? 0;
  /** Until the lamp has heard it: the program may still be on its way to the broker. */
  const postUntilHeard = async (event: WebhookEventName) => {
    const before = heard.length;
    while (heard.length === before) {
      const missedBefore = missed();
      await post(event);
      await until(
        () => heard.length > before || missed() > missedBefore,
        () => `${event}: ${output}`,
      );
    }
  };

  await postUntilHeard("media.play");
  await postUntilHeard("media.pause");
  expect(heard).toEqual([
    { state: "ON", brightness: 26 },
    { state: "ON", brightness: 254 },
  ]);

  await broker.down();
  const missedBefore = missed();
  await post("media.play");
  await until(
    () => missed() > missedBefore,
    () => `the broker to be missed: ${output}`,
  );
  await broker.up();
  await until(() => lamp.connected, "the lamp to be back");
  await postUntilHeard("media.stop");
  expect(heard.slice(2)).toEqual([{ state: "ON", brightness: 254 }]);
});
