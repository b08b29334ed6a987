import { testDelivery } from "@reelay/sdk/webhooks/testing";
import { expect, test } from "vitest";
import { account } from "../../scripts/demo/ledger.ts";
import { Receiver } from "../../scripts/demo/listeners.ts";
import { lastingPort } from "../support/lasting-port.ts";
import { until } from "../support/wait.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

test("the demo's receiver counts a delivery that is sent twice, and none that was refused", async () => {
  const port = await lastingPort();
  await using receiver = new Receiver(port, SECRET);
  await receiver.on();
  const post = async (id: string, signingSecret = SECRET) => {
    const { headers, body } = await testDelivery("media.play", { id, signingSecret });
    return (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body })).status;
  };
  expect(await post("msg_1", "whsec_b3RoZXIgc2VjcmV0IG9mIGEgaG9vaw==")).toBe(401);
  for (const id of ["msg_1", "msg_2", "msg_1"]) expect(await post(id)).toBe(200);
  await until(() => receiver.arrivals.length === 3, "three arrivals");
  const told = ["msg_1", "msg_2"].map((id) => ({ id, what: "media.play", time: 0 }));
  expect(account("receiver", told, receiver.arrivals, [])).toMatchObject({
    received: 2,
    lost: [],
    twice: [{ id: "msg_1", what: "media.play" }],
  });
});
