import { setTimeout as delay } from "node:timers/promises";
import type { Stream, StreamArrival, WebhookArrival } from "./listeners.ts";
import type { Program } from "./program.ts";
import { duration, seen, step } from "./report.ts";
import type { Scene } from "./scene.ts";
import type { Delivery, LoggedEvent } from "./server.ts";

const FILM = "The Long Tide";
const LATER_FILM = "Nightboat";
/** States of a timeline entry: it is ready to be shown. */
const READY = 5;

/** Whether this frame says that a film is in the library and ready. */
const isReady =
  (title: string) =>
  ({ event }: StreamArrival): boolean =>
    event.type === "timeline" && event.entry.title === title && event.entry.state === READY;

export async function filmArrives({ stage, streams, addFilm }: Scene): Promise<void> {
  step(1, "A film is copied into the library folder; after 2 s of rest it counts as copied");
  const before = streams.map(({ arrivals }) => arrivals.length);
  const copied = Date.now();
  addFilm(FILM);
  for (const [index, { name, arrivals }] of streams.entries()) {
    const find = () => arrivals.find(isReady(FILM));
    await stage.until(() => find() !== undefined, `${FILM} on the stream over ${name}`);
    const frames = arrivals.slice(before[index]).filter(({ what }) => what === "timeline" || what === "activity");
    seen(
      `${name.padEnd(9)}  ${frames.length} frames, "${FILM}" is ready ${duration((find()?.at ?? 0) - copied)} after the copy`,
    );
  }
}

export async function newsArrives({ stage, receiver }: Scene): Promise<void> {
  step(2, "library.new arrives at a receiver, once the library has been quiet for 10 s");
  const titleOf = ({ delivery }: WebhookArrival) => (delivery.json.Metadata as { title?: string } | undefined)?.title;
  const find = () => receiver.arrivals.find((one) => one.what === "library.new" && titleOf(one) === FILM);
  await stage.until(
    () => find() !== undefined,
    () => `library.new; the receiver says: ${receiver.errors.join(", ") || "nothing"}`,
  );
  const { delivery, at } = find() as WebhookArrival;
  const picture = delivery.thumb?.data ?? new Uint8Array();
  if (!isJpeg(picture)) throw new Error(`library.new came without its JPEG: ${picture.length} bytes`);
  const took = duration(at - (delivery.eventTime ?? Number.NaN));
  seen(`"${FILM}", signed (${delivery.trust}), with its picture: JPEG, ${picture.length} bytes, after ${took}`);
}

function isJpeg(bytes: Uint8Array): boolean {
  const [begin, end] = [bytes.subarray(0, 3), bytes.subarray(-2)].map((part) => Buffer.from(part).toString("hex"));
  return begin === "ffd8ff" && end === "ffd9";
}

/** @returns the player, paused */
export async function lampFollows(scene: Scene): Promise<Program> {
  step(3, "`reelay play` plays it, and the lamp of examples/lights follows");
  const player = await changes(scene, "media.play", 10, () => scene.play(FILM));
  await changes(scene, "media.pause", 100, () => player.press("p"));
  return player;
}

/** Does something, and says how the lamp looks afterwards and how long that took, from the player's report on. */
async function changes<T>(
  { stage, server, lamp, hooks }: Scene,
  event: string,
  percent: number,
  act: () => T,
): Promise<T> {
  const before = lamp.drawings;
  const known = new Set((await server.deliveries(hooks.lamp.id)).map(({ id }) => id));
  const done = act();
  const { text, at } = await lamp.becomes(percent, before);
  let made: Delivery | undefined;
  await stage.until(async () => {
    made = (await server.deliveries(hooks.lamp.id)).find((one) => one.event === event && !known.has(one.id));
    return made !== undefined;
  }, `the record of ${event}`);
  seen(`${event.padEnd(12)}  ${text}  ${duration(at - (made?.eventTime ?? Number.NaN))} after the player's report`);
  return done;
}

/** The receivers are away, and then the server, until what waits for the lamp is too old for it. */
export async function outage(scene: Scene, first: Program): Promise<Program> {
  const { stage, server, receiver, lamp, hooks, streams } = scene;
  step(4, "Both receivers go off, the player stops and starts, the server gets kill -9");
  await Promise.all([receiver.off(), lamp.off()]);
  const missedFrom = Date.now();
  first.press("s");
  await stage.ended(first);
  const second = scene.play(FILM);
  await stage.line(second, /▶/);
  const waiting = () => missing(scene, missedFrom);
  let plays: Delivery[] = [];
  await stage.until(async () => {
    plays = (await waiting()).filter(({ event }) => event === "media.play");
    return plays.length === 2 && plays.every(({ attempts }) => attempts > 0);
  }, "the deliveries of media.play to have failed");
  const connections = streams.map((one) => one.connections);
  await server.kill();
  const expires = plays.find(({ hookId }) => hookId === hooks.lamp.id)?.expiresAt ?? 0;
  if (!second.alive) throw new Error(`the player has ended: ${second.output}`);
  seen("the server is dead, the player plays on; all stay away until media.play is too old for a lamp");
  await delay(Math.max(0, expires - Date.now()), undefined, { signal: stage.signal });
  await Promise.all([receiver.on(), lamp.on()]);
  const before = receiver.arrivals.length;
  const frames = streams.map(({ arrivals }) => arrivals.length);
  await server.start();
  await stage.until(async () => (await waiting()).every(({ state }) => state !== "waiting"), "late webhooks to arrive");
  const isBack = (stream: Stream, index: number) =>
    stream.connections > (connections[index] ?? 0) && stream.arrivals.length > (frames[index] ?? 0);
  await stage.until(() => streams.every(isBack), "the streams to go on");

  for (const [index, { name, arrivals, gaps }] of streams.entries()) {
    if (gaps.length > 0) throw new Error(`${name} was told of a gap: ${JSON.stringify(gaps)}`);
    seen(`${name}: goes on where it was, ${arrivals.length - (frames[index] ?? 0)} frames later, no gap`);
  }
  for (const { what, at, delivery } of receiver.arrivals.slice(before)) {
    if (what === "media.stop" || what === "media.play")
      seen(`receiver: ${what} arrives ${duration(at - (delivery.eventTime ?? Number.NaN))} late`);
  }
  for (const { event, state, reason } of (await waiting()).filter(({ hookId }) => hookId === hooks.lamp.id).reverse()) {
    if (state === "delivered" || reason === null) throw new Error(`the lamp's ${event} is ${state}, because ${reason}`);
    seen(`lamp: ${event} is ${state}: ${reason.replace(/ \(event .*\)/, "")}`);
  }
  return second;
}

/** Of both hooks, what is about the player and happened since. */
async function missing({ server, hooks }: Scene, since: number): Promise<Delivery[]> {
  const all = await Promise.all([hooks.all, hooks.lamp].map(({ id }) => server.deliveries(id)));
  return all.flat().filter(({ event, eventTime }) => /^media\.(?:play|stop)$/.test(event) && eventTime >= since);
}

export async function streamsAreCut(scene: Scene, player: Program): Promise<void> {
  const { stage, streams, addFilm } = scene;
  step(5, "The streams are cut while another film arrives and the player pauses and goes on");
  for (const stream of streams) stream.unplug();
  const before = streams.map(({ arrivals }) => arrivals.length);
  addFilm(LATER_FILM);
  await changes(scene, "media.pause", 100, () => player.press("p"));
  await changes(scene, "media.resume", 10, () => player.press("p"));
  const isLogged = ({ type, facts }: LoggedEvent) => type === "item.ready" && facts.title === LATER_FILM;
  await stage.until(async () => (await scene.server.history()).some(isLogged), `${LATER_FILM} in the log`);
  const plugged = Date.now();
  for (const stream of streams) stream.plug();
  for (const [index, stream] of streams.entries()) {
    await stage.until(() => stream.arrivals.some(isReady(LATER_FILM)), `${LATER_FILM} over ${stream.name}`);
    const missed = stream.arrivals.slice(before[index]);
    const after = duration((missed[0]?.at ?? 0) - plugged);
    seen(`${stream.name.padEnd(9)}  goes on after ${after}, with ${missed.length} frames that it had missed`);
  }
  player.press("s");
  await stage.ended(player);
}
