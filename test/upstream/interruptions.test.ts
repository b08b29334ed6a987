import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startSwitchingProxy } from "../sdk/stand-in/switching-proxy.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import type { Told } from "./beside.ts";
import { type Fact, knowable, ScriptedPlayer } from "./script.ts";

/** A hundred in a soak of 20 rounds. */
const ROUNDS = process.env.REELAY_SOAK_ROUNDS === undefined ? 20 : Number(process.env.REELAY_SOAK_ROUNDS) * 5;
const TOKEN = "token-of-the-owner";
/** One whose length is known. */
const FILM = join(SAMPLES, "Films", "The Cartographer's Daughter (2011)", "The Cartographer's Daughter (2011).mkv");
const PLAYERS = ["tv", "phone", "tablet", "nobody"];
const SESSIONS = "session.started,session.paused,session.resumed,session.scrobbled,session.stopped,session.failed";

/** The same each run; a run that fails names it. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A first Reelay that stands in for a Plex server, and a second one beside it, both processes of their own. */
async function pair(plain: boolean) {
  // What was started ends also where a later step fails.
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder("interruptions"));
  const path = (name: string) => join(folder.path, name);
  for (const name of ["films", "first", "second"]) await mkdir(path(name));
  for (const player of PLAYERS)
    await cp(FILM, path(`films/Film of ${player} (2001).mkv`), { preserveTimestamps: true });
  const args = plain ? ["--plain-plex"] : [];
  const startFirst = (port = 0) =>
    ReelayProcess.start({ dataDir: path("first"), media: [path("films")], port, token: TOKEN, args });
  let first = await startFirst();
  opened.defer(() => first[Symbol.asyncDispose]());
  await first.scanned();
  const proxy = opened.use(await startSwitchingProxy(first.port));
  const startSecond = () =>
    ReelayProcess.start({
      ...{ dataDir: path("second"), token: TOKEN, args: ["--plex", `nas=${proxy.url}`] },
      env: { REELAY_PLEX_TOKEN: TOKEN },
    });
  let second = await startSecond();
  opened.defer(() => second[Symbol.asyncDispose]());
  const told = async (type: string): Promise<Told[]> => {
    const all: Told[] = [];
    for (let before: string | null = ""; before !== null; ) {
      const query = new URLSearchParams({ limit: "200", type, ...(before && { before }) });
      const answer = await second.fetch(`/api/v1/events/history?${query}`, { headers: { accept: "application/json" } });
      const page = (await answer.json()) as { events: Told[]; next: string | null };
      all.push(...page.events);
      before = page.next;
    }
    return all.reverse();
  };
  let films: readonly { readonly ratingKey: string; readonly duration?: number }[] = [];
  const listFilms = async () => {
    const answer = await first.fetch("/library/sections/1/all", { headers: { accept: "application/json" } });
    const { MediaContainer } = (await answer.json()) as { MediaContainer: { Metadata?: typeof films } };
    films = MediaContainer.Metadata ?? [];
    return films.length === PLAYERS.length && films.every(({ duration }) => duration !== undefined);
  };
  await until(listFilms, () => `the films: ${JSON.stringify(films)}`);
  const players = PLAYERS.map((name, index) => {
    const film = films[index];
    if (film?.duration === undefined) throw new Error("a film is missing");
    return new ScriptedPlayer(name, { key: film.ratingKey, duration: film.duration }, async (query) => {
      const answer = await first.fetch(`/:/timeline?${query}`, { method: "POST" });
      if (!answer.ok) throw new Error(`a report was refused: ${answer.status}`);
    });
  });
  await until(async () => (await told("upstream.connected")).length > 0, "the first connection");
  // Once a start is told, what was there at first sight is known; before, it would be part of that. Step by step: a start, a stop …
  const nobody = players.pop();
  let next = 0;
  const startOfNobody = async () => {
    // Slow enough for a start to be told before its stop, also where other work is done: a look-up upstream stands between.
    if (performance.now() >= next) await nobody?.step(0);
    if (performance.now() >= next) next = performance.now() + 2_000;
    return (await told("session.started")).length > 0;
  };
  await until(startOfNobody, "the first start");
  if (nobody?.facts.at(-1) === "started") await nobody.step(0);
  const running = opened.move();
  return {
    proxy,
    players,
    told,
    async restartFirst(signal: "SIGTERM" | "SIGKILL") {
      await first.end(signal);
      first = await startFirst(first.port);
    },
    async endSecond(signal: "SIGTERM" | "SIGKILL") {
      await second.end(signal);
    },
    async startSecond() {
      second = await startSecond();
    },
    port: first.port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Pair = Awaited<ReturnType<typeof pair>>;

/** One interruption, and what happens while it lasts. */
async function interrupt({ proxy, port, ...both }: Pair, random: () => number, meanwhile: () => Promise<void>) {
  const kind = random();
  const signal = random() < 0.5 ? "SIGKILL" : "SIGTERM";
  if (kind < 0.25) {
    await both.endSecond(signal);
    await meanwhile();
    await both.startSecond();
    return `the second ended by ${signal}`;
  }
  proxy.target = undefined;
  proxy.cut();
  await meanwhile();
  if (kind < 0.5) await both.restartFirst(signal);
  proxy.target = port;
  return kind < 0.5 ? `the first ended by ${signal}` : "the connection cut";
}

const factOf = ({ type }: Told) => type.slice("session.".length) as Fact;
/** A play to its end may be told a moment late: when it is known how long the film is. */
const ordered = (facts: readonly Fact[]) => [
  ...facts.filter((fact) => fact !== "scrobbled"),
  ...facts.filter((fact) => fact === "scrobbled"),
];
const isMissed = ({ facts }: Told) => facts.missed !== undefined;

describe.each([
  ["without positions: what can be known is told exactly once", true, ROUNDS],
  ["with positions: everything is told exactly once", false, Math.ceil(ROUNDS / 2)],
] as const)("%s", (_how, plain, rounds) => {
  test(`through ${rounds} interruptions`, { timeout: rounds * 60_000 }, async () => {
    const seed = Number(process.env.REELAY_SEED ?? (plain ? 6 : 7));
    const random = randomFrom(seed);
    await using both = await pair(plain);
    const { players, told } = both;
    const steps = async (most: number) => {
      for (let left = Math.floor(random() * (most + 1)); left > 0; left--) {
        await players[Math.floor(random() * players.length)]?.step(random());
      }
    };
    /** Of each player: its facts that are accounted for, and how many events the second told of them. */
    const accounted = new Map(players.map(({ item, facts }) => [item, { facts: facts.length, events: facts.length }]));
    const toldOf = async (item: string) =>
      (await told(SESSIONS)).filter(({ facts }) => String(facts.item.itemId) === item);

    for (let round = 1; round <= rounds; round++) {
      for (const player of players) await player.repeat();
      await steps(5);
      const gaps = (await told("upstream.gap")).length;
      const how = await interrupt(both, random, () => steps(8));
      const name = () => `round ${round} of seed ${seed}, ${how}`;
      if (plain)
        await until(
          async () => (await told("upstream.gap")).length > gaps,
          () => `the gap: ${name()}`,
        );
      for (const { item, facts, name: player } of players) {
        const done = accounted.get(item) ?? { facts: 0, events: 0 };
        const happened = facts.slice(done.facts);
        if (!plain) {
          await until(
            async () => (await toldOf(item)).length >= facts.length,
            () => `everything: ${name()}`,
          );
        }
        const events = (await toldOf(item)).slice(done.events);
        const heard = events.filter((event) => !isMissed(event)).map(factOf);
        const afterwards = events.filter(isMissed).map(factOf);
        // Heard live, as it happened, up to where the connection ended …
        expect(ordered(heard), `${player}: ${name()}`).toEqual(ordered(happened.slice(0, heard.length)));
        // … and of the rest exactly what can be known.
        const rest = happened.slice(heard.length);
        const due = plain ? knowable(facts.slice(0, done.facts + heard.length), rest) : rest;
        expect(afterwards.sort(), `${player}, of ${rest.join(" ")}: ${name()}`).toEqual(due.sort());
        accounted.set(item, { facts: facts.length, events: done.events + events.length });
      }
    }
    expect(await told("upstream.gap")).toHaveLength(plain ? rounds : 0);
    for (const { facts } of await told("upstream.gap")) expect(facts.unasked).toEqual([]);
  });
});
