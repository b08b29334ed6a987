import { afterAll, beforeAll, expect, test } from "vitest";
import { Receiver } from "../../packages/server/src/webhooks/testing/receiver.ts";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";

/** Webhooks of a server as `npm start` runs it, through public interfaces only. */
let samples: SampleServer;
let receiver: Receiver;
let film: number;

beforeAll(async () => {
  [samples, receiver] = await Promise.all([sampleServer(), Receiver.open()]);
  const answer = await (await get("/library/sections/1/all")).json();
  const films = answer as { MediaContainer: { Metadata: { ratingKey: string }[] } };
  film = Number(films.MediaContainer.Metadata[0]?.ratingKey);
}, 60_000);
afterAll(async () => {
  await samples[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const get = (path: string) => samples.server.fetch(path, { headers: { accept: "application/json" } });

async function post<T>(path: string, body: object): Promise<{ status: number; json: T }> {
  const answer = await samples.server.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: (await answer.json()) as T };
}

const report = (state: string, time: number, player = "tv") =>
  samples.server.fetch(
    `/:/timeline?ratingKey=${film}&key=/library/metadata/${film}&state=${state}&time=${time}&duration=60000` +
      `&X-Plex-Client-Identifier=${player}&X-Plex-Device-Name=${player}`,
  );

interface Shown {
  readonly id: string;
  readonly hookId: string;
  readonly event: string;
  readonly eventId: string;
  readonly state: string;
  readonly record: readonly { readonly status: number; readonly timings: Record<string, number> }[];
}

async function addHook(settings: object = {}): Promise<string> {
  const { status, json } = await post<{ id: string }>("/api/v1/hooks", { url: receiver.url, ...settings });
  expect(status).toBe(201);
  return json.id;
}

async function list(query: string): Promise<Shown[]> {
  const { deliveries } = (await (await get(`/api/v1/deliveries?${query}`)).json()) as { deliveries: Shown[] };
  return deliveries;
}

test("a player's reports reach a receiver as Plex's webhooks, signed, and the record has each request", async () => {
  const id = await addHook({ filter: { player: "tv" }, events: ["media.play", "media.stop"] });
  await report("playing", 0);
  await report("stopped", 5_000);
  await until(() => receiver.received.length === 2, "two webhooks");
  expect(receiver.events).toEqual(["media.play", "media.stop"]);
  expect(receiver.received[0]?.payload).toMatchObject({
    event: "media.play",
    user: true,
    owner: true,
    Player: { title: "tv", uuid: "tv" },
    Metadata: { librarySectionType: "movie", ratingKey: String(film) },
  });
  expect(receiver.received[0]?.headers).toMatchObject({
    "user-agent": expect.stringMatching(/^PlexMediaServer\//),
    "content-type": expect.stringMatching(/^multipart\/form-data; boundary=/),
    "webhook-signature": expect.stringMatching(/^v1,/),
    "reelay-event-time": expect.any(String),
  });
  await until(async () => (await list(`hook=${id}&state=delivered`)).length === 2, "both to be recorded");
  const [newest] = await list(`hook=${id}&event=media.play`);
  const shown = (await (await get(`/api/v1/deliveries/${newest?.id}`)).json()) as Shown;
  expect(shown).toMatchObject({ state: "delivered", payload: receiver.received[0]?.payload });
  expect(shown.record).toMatchObject([{ number: 1, status: 200, error: null, request: { method: "POST" } }]);
  expect(Object.keys(shown.record[0]?.timings ?? {})).toEqual(["connect", "firstByte", "total"]);
  expect(JSON.stringify(shown.record)).not.toContain("v1,");
});

test("for an event it is told what every hook got, and why others got none", async () => {
  const [play] = await list("event=media.play");
  const other = await addHook({ filter: { player: "kitchen" } });
  await report("playing", 0, "pad");
  await until(async () => (await reasons(other)) !== undefined, "the event to be planned");
  const shown = await (await get(`/api/v1/events/${play?.eventId}`)).json();
  expect(shown).toMatchObject({
    type: "session.started",
    facts: { player: { uuid: "tv" } },
    forms: { notification: {}, webhooks: [{ event: "media.play", payload: { event: "media.play" } }] },
    deliveries: [{ event: "media.play", state: "delivered" }],
    notSent: [{ hookId: other, event: null, reason: "not-there-yet" }],
  });
  const explanation = "the filter does not let it through: player";
  expect(await reasons(other)).toEqual([
    { hookId: other, event: "media.play", reason: "filtered", detail: "player", explanation },
  ]);
});

async function reasons(hook: string): Promise<unknown> {
  const history = (await (await get("/api/v1/events/history?type=session.started&limit=1")).json()) as {
    events: { id: string; facts: { player: { uuid: string } } }[];
  };
  const [newest] = history.events;
  if (newest?.facts.player.uuid !== "pad") return undefined;
  const { notSent } = (await (await get(`/api/v1/events/${newest.id}?hook=${hook}`)).json()) as {
    notSent: { reason: string }[];
  };
  return notSent.some(({ reason }) => reason === "not-planned-yet") ? undefined : notSent;
}

test("a hook is tried with a real item, and what failed is sent again", async () => {
  const id = await addHook({ description: "tried", enabled: true });
  receiver.behaviour = (_received, response) => void response.writeHead(500).end("full");
  const failed = await post<Shown>(`/api/v1/hooks/${id}/test`, { event: "media.play", item: film });
  expect(failed.json).toMatchObject({
    state: "waiting",
    eventId: null,
    record: [{ status: 500, error: "REELAY_DELIVERY_STATUS", answer: { body: "full" } }],
    payload: { event: "media.play", Metadata: { ratingKey: String(film) } },
  });
  receiver.behaviour = (_received, response) => void response.writeHead(204).end();
  const again = await post<Shown>(`/api/v1/deliveries/${failed.json.id}/resend`, {});
  expect(again.status).toBe(200);
  await until(async () => (await list(`hook=${id}`))[0]?.state === "delivered", "it to be delivered");
  expect(receiver.received.filter((one) => one.id === failed.json.id)).toHaveLength(2);
  expect((await post(`/api/v1/hooks/${id}/test`, { event: "media.play", item: 999_999 })).status).toBe(404);
});

test("a range is counted first, and sent again when the count still holds", async () => {
  const range = { states: ["delivered"], events: ["media.play"], q: "media.play" };
  const { json: counted } = await post<{ count: number; resent: number }>("/api/v1/deliveries/resend", range);
  expect(counted).toMatchObject({ resent: 0 });
  expect(counted.count).toBeGreaterThan(0);
  const before = receiver.received.length;
  const wrong = await post("/api/v1/deliveries/resend", { ...range, expected: counted.count + 1 });
  expect(wrong.status).toBe(400);
  const { json: sent } = await post("/api/v1/deliveries/resend", { ...range, expected: counted.count });
  expect(sent).toEqual({ count: counted.count, resent: counted.count });
  await until(() => receiver.received.length === before + counted.count, "all of them");
});

test("what is asked about a hook that is not there is refused, and says so", async () => {
  const gone = await addHook();
  const { json: tried } = await post<Shown>(`/api/v1/hooks/${gone}/test`, { event: "media.play", item: film });
  await samples.server.fetch(`/api/v1/hooks/${gone}`, { method: "DELETE" });
  const none = { error: { code: "REELAY_NOT_FOUND", detail: "There is no hook with this id." } };
  expect((await post("/api/v1/deliveries/resend", { hook: gone })).json).toMatchObject(none);
  const [stop] = await list("event=media.stop");
  const why = await get(`/api/v1/events/${stop?.eventId}?hook=${gone}`);
  expect(why.status).toBe(404);
  expect(await why.json()).toMatchObject(none);
  // Its record is kept.
  expect((await list(`hook=${gone}`)).map(({ id }) => id)).toEqual([tried.id]);
  const again = await post(`/api/v1/deliveries/${tried.id}/resend`, {});
  expect(again).toMatchObject({ status: 409, json: { error: { detail: "The hook is removed." } } });
  expect((await get("/api/v1/deliveries?hook=lights")).status).toBe(400);
});

test("settings are previewed against what has happened, and nothing is sent", async () => {
  const before = receiver.received.length;
  const events = ["media.play", "media.stop"];
  const hook = { url: receiver.url, events, filter: { player: "pad" }, headers: { authorization: "Bearer x" } };
  const { json } = await post<{ sent: number; events: object[] }>("/api/v1/hooks/preview", { hook, last: 20 });
  expect(json.sent).toBe(1);
  expect(json.events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ event: "media.stop", send: false, reason: "filtered" }),
      expect.objectContaining({
        event: "media.play",
        send: true,
        request: expect.objectContaining({ headers: expect.arrayContaining([["authorization", "…"]]) }),
      }),
    ]),
  );
  expect(receiver.received.length).toBe(before);
});

test("numbers for plots and metrics count what was sent", async () => {
  const stats = (await (await get("/api/v1/stats?hours=1")).json()) as {
    points: { deliveries: Record<string, number>; attempts: { succeeded: number; failed: number } }[];
  };
  const sum = (of: (point: (typeof stats.points)[number]) => number) =>
    stats.points.reduce((total, point) => total + of(point), 0);
  expect(sum(({ deliveries }) => deliveries.delivered ?? 0)).toBeGreaterThan(2);
  expect(sum(({ attempts }) => attempts.failed)).toBe(1);
  const metrics = await (await get("/metrics")).text();
  expect(metrics).toMatch(/^reelay_webhook_attempts_total\{result="failed"\} 1$/m);
  expect(await (await get("/api/v1/health")).json()).toMatchObject({ webhooks: { waiting: 0, failing: 0 } });
});
