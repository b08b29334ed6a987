import { expect, test, vi } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { createLogger, systemClock } from "../support/index.ts";
import { AddressPolicy } from "./address-policy.ts";
import { LocalCarrier } from "./carrier.ts";
import { ThreadCarrier } from "./carrier-thread.ts";
import type { Hook, Reach } from "./hook.ts";
import type { Carrier, Outgoing } from "./outgoing.ts";
import { aHook } from "./testing/memory-hooks.ts";
import { answers, Receiver } from "./testing/receiver.ts";

const agents = { plex: "PlexMediaServer/1.0", own: "Reelay/1.0" } as const;
const picture = Buffer.alloc(5_000, 7);
let number = 0;

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

function outgoing(hook: Hook, said: Partial<Outgoing> = {}): Outgoing {
  number++;
  return {
    hook,
    message: number,
    text: JSON.stringify({ event: "media.play", number }),
    seed: `seed ${number}`,
    thumb: picture,
    deliveryId: `msg_${number}`,
    attempt: 1,
    eventTime: 1_700_000_000_000,
    now: 1_700_000_001_000,
    ...said,
  };
}

interface Opened extends AsyncDisposable {
  readonly carrier: Carrier;
}

type Open = (reach?: (hook: Hook) => Reach) => Opened;

const opened = (carrier: Carrier): Opened => ({ carrier, [Symbol.asyncDispose]: () => carrier.close() });

const kinds: readonly [name: string, open: Open][] = [
  [
    "in this thread",
    (reach = () => "anywhere") =>
      opened(new LocalCarrier({ clock: systemClock, policy: new AddressPolicy(), reach, agents })),
  ],
  [
    "in a thread of its own",
    (reach = () => "anywhere") => opened(new ThreadCarrier({ logger: createLogger("silent"), reach, agents })),
  ],
];

test.each(kinds)("%s: a request arrives as it was made, and what came of it is told", async (_kind, open) => {
  await using receiver = await Receiver.open(
    (_one, response) => void response.writeHead(201, { server: "lamp" }).end("on"),
  );
  await using own = open();
  const one = outgoing(aHook("a", receiver.url), { text: '{"event":"media.play","title":"Ä 漢"}' });
  expect(await own.carrier.send(one)).toMatchObject({ status: 201, error: null, retryAfter: undefined });
  const [received] = receiver.received;
  expect(received).toMatchObject({ id: one.deliveryId, payload: { title: "Ä 漢" } });
  expect(received?.body.includes(picture)).toBe(true);
  expect(received?.headers).toMatchObject({ "user-agent": agents.plex, "webhook-timestamp": "1700000001" });
});

test.each(kinds)("%s: hooks that share message and picture get the same bytes; formats differ", async (_kind, open) => {
  await using receiver = await Receiver.open();
  await using own = open();
  const shared = outgoing(aHook("a", receiver.url));
  const hooks = [aHook("a", receiver.url), aHook("b", receiver.url), aHook("c", receiver.url, { thumb: false })];
  const json = aHook("d", receiver.url, { format: "json", thumb: false });
  const template = { method: "PUT" as const, body: '{"it":"{{event}}"}' };
  const custom = aHook("e", receiver.url, {
    format: "custom",
    headers: { "Content-Type": "application/json" },
    custom: template,
  });
  for (const hook of [...hooks, json, custom]) await own.carrier.send({ ...shared, hook });
  const [a, b, c, d, e] = receiver.received.map(({ body }) => body.toString("latin1"));
  expect(a).toBe(b);
  expect(c).not.toContain("thumb.jpg");
  expect(d).toBe(shared.text);
  expect(e).toBe('{"it":"media.play"}');
});

test.each(kinds)(
  "%s: failures are told with what a receiver asks for, and what cannot be built",
  async (_kind, open) => {
    await using receiver = await Receiver.open(answers(503, { "retry-after": "7" }));
    await using own = open();
    expect(await own.carrier.send(outgoing(aHook("a", receiver.url)))).toMatchObject({
      ...{ status: 503, error: "REELAY_DELIVERY_STATUS", retryAfter: 7_000 },
    });
    const unreadable = outgoing(aHook("b", "", { unreadable: true, secrets: [] }));
    expect(await own.carrier.send(unreadable)).toMatchObject({ status: null, error: "REELAY_SECRET_UNREADABLE" });
  },
);

test.each(kinds)("%s: a hook goes no further than it may", async (_kind, open) => {
  await using receiver = await Receiver.open();
  await using own = open(({ id }) => (id === "own" ? "anywhere" : "public"));
  expect(await own.carrier.send(outgoing(aHook("own", receiver.url)))).toMatchObject({ status: 200 });
  const refused = { status: null, error: "REELAY_HOOK_URL_REFUSED" };
  expect(await own.carrier.send(outgoing(aHook("other", receiver.url)))).toMatchObject(refused);
  expect(receiver.received).toHaveLength(1);
});

test.each(kinds)("%s: a hook that is changed is sent with what it is now", async (_kind, open) => {
  await using receiver = await Receiver.open();
  await using own = open();
  const hook = aHook("a", receiver.url, { headers: { "X-Room": "1" } });
  await own.carrier.send(outgoing(hook));
  own.carrier.changed("a");
  await own.carrier.send(outgoing({ ...hook, headers: { "X-Room": "2" } }));
  // Also when nobody has said so.
  await own.carrier.send(outgoing({ ...hook, headers: { "X-Room": "3" } }));
  await own.carrier.send(outgoing(hook));
  expect(receiver.received.map(({ headers }) => headers["x-room"])).toEqual(["1", "2", "3", "1"]);
});

test("a thread that ends by itself: what it had is rejected, and a later attempt starts another", async () => {
  await using receiver = await Receiver.open(() => undefined);
  const workerUrl = new URL("./testing/ending-carrier-worker.ts", import.meta.url);
  const logger = createLogger("silent");
  const told = vi.spyOn(logger, "error");
  await using own = opened(new ThreadCarrier({ logger, reach: () => "anywhere", agents, workerUrl }));
  const hook = aHook("a", receiver.url);
  const underWay = rejection(own.carrier.send(outgoing(hook)));
  await until(() => receiver.received.length === 1, "the first to be under way");
  const ending = rejection(own.carrier.send(outgoing(hook, { deliveryId: "msg_end" })));
  expect(String(await underWay)).toMatch(/thread that sends webhooks has ended/);
  expect(String(await ending)).toMatch(/thread that sends webhooks has ended/);
  expect(told).toHaveBeenCalledOnce();
  receiver.behaviour = (_one, response) => void response.end();
  // Not at once: a thread that always ends would be started without end.
  await until(
    () =>
      own.carrier.send(outgoing(hook)).then(
        (outcome) => outcome.status === 200,
        () => false,
      ),
    "another",
  );
});

test("a thread that is closed ends what is under way, and takes nothing more", async () => {
  await using receiver = await Receiver.open(() => undefined);
  const carrier = new ThreadCarrier({ logger: createLogger("silent"), reach: () => "anywhere", agents });
  const underWay = rejection(carrier.send(outgoing(aHook("a", receiver.url))));
  await until(() => receiver.received.length === 1, "it to be under way");
  await carrier.close();
  expect(String(await underWay)).toMatch(/ended/);
  expect(await rejection(carrier.send(outgoing(aHook("a", receiver.url))))).toMatchObject({
    code: "REELAY_SHUTTING_DOWN",
  });
});
