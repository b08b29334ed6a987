import type {
  GapEvent,
  MediaEventFacts,
  NotificationEvent,
  NotificationStream,
  ReelayEvent,
  RetryConfig,
  SubscribeOptions,
  Subscription,
} from "@reelay/sdk";
import { PlexAPI } from "@reelay/sdk";
import { PlexAPICore } from "@reelay/sdk/core.js";
import { eventsGetNotifications } from "@reelay/sdk/funcs/eventsGetNotifications.js";
import type { SDKError, SDKValidationError } from "@reelay/sdk/models/errors";
import type { GetNotificationsRequest } from "@reelay/sdk/models/operations";
import { watchSessions } from "@reelay/sdk/sessions";
import { expect, expectTypeOf, test } from "vitest";
import type { MediaEventFacts as ServerFacts } from "../../packages/server/src/events/index.ts";

// Compiled by `npm run typecheck`; run for the few values that are there.
const plexAPI = new PlexAPI({ token: "t" });

test("both calls promise a stream, which reads as events", () => {
  expectTypeOf(plexAPI.events.getNotifications).returns.resolves.toEqualTypeOf<NotificationStream>();
  expectTypeOf(plexAPI.events.connectWebSocket).returns.resolves.toExtend<ReadableStream<Uint8Array>>();
  expectTypeOf<ReturnType<NotificationStream["events"]>>().toExtend<AsyncIterable<NotificationEvent>>();
  expectTypeOf<GetNotificationsRequest["filter"]>().toEqualTypeOf<readonly string[] | undefined>();
  const options = {
    strategy: "backoff",
    backoff: { initialInterval: 1, maxInterval: 2, exponent: 1.5, maxElapsedTime: 3 },
  } as const;
  expectTypeOf(options).toExtend<RetryConfig>();
});

test("results are narrowed by ok", async () => {
  const call = () => eventsGetNotifications(new PlexAPICore(), {});
  type Outcome = Awaited<ReturnType<typeof call>>;
  expectTypeOf<Extract<Outcome, { ok: true }>["value"]>().toEqualTypeOf<NotificationStream>();
  expectTypeOf<SDKError | SDKValidationError>().toExtend<Extract<Outcome, { ok: false }>["error"]>();
});

test("the source says what a subscription tells", () => {
  const listen = () => {
    const subscription = plexAPI.events.subscribe({ source: "reelay", types: ["session.started", "item.*"] });
    expectTypeOf(subscription).toEqualTypeOf<Subscription<ReelayEvent | GapEvent>>();
    subscription.on("session.started", ({ facts }) => expectTypeOf(facts.player.title).toEqualTypeOf<string>());
    subscription.on("gap", ({ reason }) => expectTypeOf(reason).toExtend<string>());
    // @ts-expect-error that is a type of Plex's notifications
    subscription.on("playing", () => undefined);
    expectTypeOf(plexAPI.events.subscribe()).toEqualTypeOf<Subscription>();
    expectTypeOf(plexAPI.events.subscribe({ filter: ["playing"] })).toEqualTypeOf<Subscription>();
    // @ts-expect-error Plex's filter is not for Reelay's own events
    plexAPI.events.subscribe({ source: "reelay", filter: ["playing"] });
    // @ts-expect-error no event is called so
    plexAPI.events.subscribe({ source: "reelay", types: ["session.begun"] });
  };
  expect(listen).toBeTypeOf("function");
  expectTypeOf<MediaEventFacts>().toEqualTypeOf<ServerFacts>();
});

test("events are narrowed by type, in loops and in listeners", () => {
  const look = (event: NotificationEvent) => {
    if (event.type === "playing") {
      expectTypeOf(event.entry.state).toEqualTypeOf<"playing" | "paused" | "stopped" | "buffering" | "error">();
      expectTypeOf(event.entry.viewOffset).toEqualTypeOf<number>();
    } else if (event.type === "timeline") expectTypeOf(event.entry.itemID).toEqualTypeOf<string>();
    else if (event.type === "gap") {
      expectTypeOf(event.reason).toEqualTypeOf<"retention" | "epoch" | "ahead" | "reconnect" | "overflow">();
      // @ts-expect-error a gap has no entry
      event.entry;
    } else if (event.type === "unknown") expectTypeOf(event.name).toEqualTypeOf<string>();
    // @ts-expect-error there is no such type
    if (event.type === "plying") return;
  };
  const listen = (subscription: Subscription) => {
    subscription.on("playing", ({ entry }) => expectTypeOf(entry.sessionKey).toEqualTypeOf<string>());
    subscription.on("*", (event) => expectTypeOf(event).toEqualTypeOf<NotificationEvent>());
    subscription.once("state", (state) => {
      if (state.state === "waiting") expectTypeOf(state.retryInMs).toEqualTypeOf<number>();
    });
    subscription.on("error", (error) => expectTypeOf(error).toEqualTypeOf<Error>());
    // @ts-expect-error there is no such type
    subscription.on("plying", () => undefined);
  };
  expect([look, listen]).toHaveLength(2);
});

test("filters name types that exist", () => {
  const options: SubscribeOptions = { filter: ["playing", "transcodeSession.update"], transport: "auto" };
  // @ts-expect-error there is no such type
  const wrong: SubscribeOptions = { filter: ["plying"] };
  // @ts-expect-error there is no such transport
  const other: SubscribeOptions = { transport: "carrier-pigeon" };
  expect([options, wrong, other]).toHaveLength(3);
});

test("sessions are narrowed by type", () => {
  const look = async () => {
    for await (const update of watchSessions(plexAPI, {
      player: "TV",
      account: [1, "Robin"],
      local: true,
      type: "movie",
    })) {
      if (update.type === "gap") continue;
      expectTypeOf(update.item.title).toEqualTypeOf<string | undefined>();
      if (update.type === "scrobbled") expectTypeOf(update.why).toEqualTypeOf<"position" | "duration">();
      // @ts-expect-error a start has other reasons
      if (update.type === "started" && update.why === "vanished") return;
    }
  };
  // @ts-expect-error there is no such field
  const misspelt = () => watchSessions(plexAPI, { playr: "TV" });
  expect([look, misspelt]).toHaveLength(2);
});
