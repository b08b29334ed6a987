import { numbered } from "./lamp.ts";
import { type Account, account, type Told } from "./ledger.ts";
import type { Scene } from "./scene.ts";
import type { LoggedEvent, Server } from "./server.ts";

/** What the API answers where it has no reason, or none yet. */
const NO_REASONS: ReadonlySet<string> = new Set(["not-planned-yet", "not-kept"]);

/** What the server's record says, beside what everybody heard. */
export interface Sheet {
  readonly accounts: readonly Account[];
  /** Webhooks that were not delivered, each with its reason. */
  readonly withReason: number;
  /** Webhooks of which the record cannot say what became of them. */
  readonly unexplained: readonly string[];
  /** Gaps that a stream was told of, each in words. */
  readonly gaps: readonly string[];
  /** Deliveries that are still to come. */
  readonly waiting: number;
}

/** Asks the server for its whole log and record, and compares. */
export async function drawUp({ server, streams, receiver, lamp, hooks }: Scene): Promise<Sheet> {
  const history = await server.history();
  const frames = history.flatMap((event): Told[] => {
    const type = event.notification?.NotificationContainer.type;
    return type === undefined ? [] : [{ id: event.position, what: type, time: event.time }];
  });
  const [toAll, toLamp] = await Promise.all([server.deliveries(hooks.all.id), server.deliveries(hooks.lamp.id)]);
  const delivered = toAll.filter(({ state }) => state === "delivered");
  const webhooks = delivered.map(({ id, event, eventTime }) => ({ id, what: event, time: eventTime }));
  const ofLamp = toLamp
    .filter(({ state }) => state === "delivered")
    .reverse()
    .map(({ event, eventTime }) => ({ what: event, time: eventTime }));
  const undelivered = [...toAll, ...toLamp].filter(({ state }) => state !== "delivered" && state !== "waiting");
  const silent = undelivered.filter(({ reason }) => reason === null);
  return {
    accounts: [
      ...streams.map(({ name, arrivals, absences }) => account(name, frames, arrivals, absences)),
      account(receiver.name, webhooks, receiver.arrivals, receiver.absences),
      account(lamp.name, numbered(ofLamp), lamp.arrivals, [{ from: 0, to: Number.POSITIVE_INFINITY }]),
    ],
    withReason: undelivered.length - silent.length,
    unexplained: [
      ...silent.map(({ event }) => event),
      ...(await unplanned(server, history, [hooks.all.id, hooks.lamp.id])),
    ],
    gaps: streams.flatMap(({ name, gaps }) => gaps.map(({ reason }) => `${name}: a gap was told, ${reason}`)),
    waiting: [...toAll, ...toLamp].filter(({ state }) => state === "waiting").length,
  };
}

/** Webhook events of the log that a hook has neither a delivery of nor a reason why there is none. */
async function unplanned(
  server: Server,
  history: readonly LoggedEvent[],
  hookIds: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const { id } of history) {
    const { forms, deliveries, notSent } = await server.outcome(id);
    for (const { event } of forms.webhooks) {
      const accounted = new Set([
        ...deliveries.filter((one) => one.event === event).map(({ hookId }) => hookId),
        ...notSent
          .filter((one) => (one.event === event || one.event === null) && !NO_REASONS.has(one.reason))
          .map(({ hookId }) => hookId),
      ]);
      found.push(...hookIds.filter((hookId) => !accounted.has(hookId)).map(() => event));
    }
  }
  return found;
}

/** What does not fit, a line each. */
export function differences({ accounts, gaps, unexplained }: Sheet): string[] {
  return [
    ...gaps,
    ...accounts.flatMap(({ listener, lost, twice, unknown }) => [
      ...lost.map(({ what, id }) => `${listener}: ${what} (${id}) never came`),
      ...twice.map(({ what, id }) => `${listener}: ${what} (${id}) came again`),
      ...unknown.map(({ what, id }) => `${listener}: ${what} (${id}) came, and the record knows nothing of it`),
    ]),
    ...unexplained.map((event) => `${event}: neither delivered nor a reason why not`),
  ];
}
