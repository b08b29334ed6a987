/** Receivers that cannot be connected to: what goes wrong before there is anybody to ask. */
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { AddressPolicy } from "./address-policy.ts";
import type { Attempt } from "./delivery.ts";
import { type Resolve, sparingly } from "./name-lookup.ts";
import { keep } from "./testing/keep.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { Receiver, rawReceiver } from "./testing/receiver.ts";
import { SECOND, sessionEvent, WebhookRig } from "./testing/rig.ts";

/** A hook that is told of one event; nothing is waited for. */
async function told(url: string, resolve?: Resolve): Promise<WebhookRig> {
  const options = resolve === undefined ? {} : { policy: new AddressPolicy(resolve) };
  const rig = keep(await WebhookRig.open({ hooks: [aHook("a", url)], options }));
  await rig.database.transaction((tx) => void rig.outbox.append(tx, [sessionEvent("started")]));
  return rig;
}

const attempts = (rig: WebhookRig): Attempt[] => rig.webhooks.attempts.of(rig.deliveries()[0]?.seq ?? 0);

/** Lets 4 s go by, in which it may not be given up, and then so much that 5 s are over and 15 are not. */
async function givenUpAfter5s(rig: WebhookRig): Promise<Attempt | undefined> {
  rig.manual.advance(4 * SECOND);
  expect(rig.webhooks.courier.busy).toBe(1);
  rig.manual.advance(4 * SECOND);
  await until(() => attempts(rig).length > 0, "the attempt to end");
  return attempts(rig)[0];
}

const loopback = { address: "127.0.0.1", family: 4 };

test("a receiver that takes the connection and never answers TLS is given up after 5 seconds, not 15", async () => {
  const greeted: Socket[] = [];
  const silent = keep(await rawReceiver((socket) => void socket.once("data", () => greeted.push(socket))));
  const rig = await told(silent.url.replace("http:", "https:"));
  await until(() => greeted.length === 1, "the greeting of TLS");
  expect(await givenUpAfter5s(rig)).toMatchObject({ status: null, error: "REELAY_DELIVERY_TIMEOUT" });
  await until(() => greeted[0]?.destroyed === true, "the connection to be closed");
});

describe("a name", () => {
  test("that nobody answers for is given up after 5 seconds, and holds up no other receiver", async () => {
    let asked = 0;
    const never: Resolve = () => {
      asked++;
      return new Promise(() => undefined);
    };
    const good = keep(await Receiver.open());
    const rig = await told("http://receiver.test/", never);
    await until(() => asked === 1, "the name to be asked for");
    rig.hooks.set(aHook("good", good.url));
    await rig.database.transaction((tx) => void rig.outbox.append(tx, [sessionEvent("started", { session: 2 })]));
    await until(() => good.received.length === 1, "the other to be told");
    await until(() => rig.webhooks.courier.busy === 1, "the other to be done");
    expect(await givenUpAfter5s(rig)).toMatchObject({ status: null, error: "REELAY_DELIVERY_TIMEOUT" });
  });

  test("is looked up for a receiver that lives, however many are dead", async () => {
    const receiver = keep(await Receiver.open());
    const name = receiver.url.replace("127.0.0.1", "living.test");
    const resolve: Resolve = (one) =>
      one === "living.test" ? Promise.resolve([loopback]) : new Promise(() => undefined);
    const rig = await told(name, sparingly(resolve));
    await rig.idle();
    await receiver.down();
    await receiver.up();
    for (let index = 0; index < 50; index++) rig.hooks.set(aHook(`dead-${index}`, `http://dead-${index}.test/`));
    await rig.database.transaction((tx) => void rig.outbox.append(tx, [sessionEvent("started", { session: 2 })]));
    await until(() => receiver.received.length === 2, "it to be told while the others wait");
    const firstErrors = () =>
      rig
        .deliveries()
        .filter(({ hookId }) => hookId.startsWith("dead"))
        .flatMap(({ seq }) => rig.webhooks.attempts.of(seq)[0]?.error ?? []);
    await until(() => {
      rig.manual.advance(SECOND / 2);
      return firstErrors().length === 50;
    }, "the dead to be given up");
    expect(new Set(firstErrors())).toEqual(new Set(["REELAY_DELIVERY_TIMEOUT"]));
  });

  test("that cannot be looked up for a while leads to its receiver later, by the same delivery", async () => {
    const receiver = keep(await Receiver.open());
    const codes = ["ENOTFOUND", "EAI_AGAIN", "ESERVFAIL"];
    const resolve: Resolve = async () => {
      const code = codes.shift();
      if (code !== undefined) throw Object.assign(new Error(`getaddrinfo ${code}`), { code });
      return [loopback];
    };
    const rig = await told(receiver.url.replace("127.0.0.1", "receiver.test"), resolve);
    await rig.idle();
    await rig.pass(170 * SECOND, SECOND);
    const [delivery] = rig.deliveries();
    expect(delivery).toMatchObject({ state: "delivered", attempts: 4 });
    expect(receiver.received.map(({ id }) => id)).toEqual([delivery?.id]);
    expect(attempts(rig).map(({ status, error }) => status ?? error)).toEqual([
      ...["REELAY_DELIVERY_NAME", "REELAY_DELIVERY_NAME", "REELAY_DELIVERY_NAME"],
      200,
    ]);
  });
});
