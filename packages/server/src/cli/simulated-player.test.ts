import { expect, test } from "vitest";
import { ManualClock, ReelayError } from "../support/index.ts";
import { type PlayerEvent, SimulatedPlayer } from "./simulated-player.ts";

const item = { ratingKey: "7", title: "Film", duration: 100_000, viewOffset: 0, viewCount: 0 };

/** A player on a clock moved by hand, and a server that notes what it is told. */
function rig(options: { speed?: number; playFor?: number; answer?: (report: number) => Record<string, string> } = {}) {
  const clock = new ManualClock();
  const told: string[] = [];
  const seen: PlayerEvent[] = [];
  const player = new SimulatedPlayer({
    clock,
    item,
    from: 0,
    speed: options.speed ?? 1,
    playFor: options.playFor,
    onChange: (event) => seen.push(event),
    server: {
      async get(path, query) {
        told.push(`${path} ${query?.state} ${query?.time}`);
        return options.answer?.(told.length) ?? {};
      },
    },
  });
  /** Moves time on in steps, letting answers arrive in between. */
  const pass = async (ms: number, step = 100) => {
    for (let passed = 0; passed < ms; passed += step) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(step);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const states = () => told.map((line) => line.replace("/:/timeline ", ""));
  return { player, pass, states, seen };
}

test("reports at its start, each ten seconds, at each change, and at its end", async () => {
  const { player, pass, states } = rig();
  await player.play();
  await pass(25_000);
  player.togglePause();
  await pass(25_000);
  player.togglePause();
  await pass(10_000);
  player.stop();
  expect(await player.ended).toBe("stopped");
  expect(states()).toEqual([
    "playing 0",
    "playing 10000",
    "playing 20000",
    "paused 25000",
    "paused 25000",
    "paused 25000",
    "playing 25000",
    "playing 35000",
    "stopped 35000",
  ]);
});

test("plays faster, reporting each ten seconds of the film, and stops where it ends", async () => {
  const { player, pass, states } = rig({ speed: 20 });
  await player.play();
  await pass(6_000);
  expect(await player.ended).toBe("end");
  expect(states()).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `playing ${index * 10_000}`),
    "stopped 100000",
  ]);
});

test("plays slower, reporting each ten seconds all the same", async () => {
  const { player, pass, states } = rig({ speed: 0.1 });
  await player.play();
  await pass(25_000);
  player.stop();
  await player.ended;
  expect(states()).toEqual(["playing 0", "playing 1000", "playing 2000", "stopped 2500"]);
});

test("stops after as much of the film as was asked for", async () => {
  const { player, pass, states } = rig({ playFor: 15_000 });
  await player.play();
  await pass(20_000);
  expect(await player.ended).toBe("time");
  expect(states()).toEqual(["playing 0", "playing 10000", "stopped 15000"]);
});

test("stops when the server says that its session was ended, and says why", async () => {
  const { player, pass, states, seen } = rig({
    answer: (report) => (report === 2 ? { terminationCode: "2006", terminationText: "Bed time" } : {}),
  });
  await player.play();
  await pass(15_000);
  expect(await player.ended).toBe("terminated");
  expect(states()).toEqual(["playing 0", "playing 10000", "stopped 10000"]);
  expect(seen.at(-1)).toMatchObject({ kind: "terminated", message: "Bed time" });
});

test("plays on while the server is away, and tells where it is when it is back", async () => {
  const { player, pass, states, seen } = rig({
    answer(report) {
      if (report === 2 || report === 3) throw new ReelayError("REELAY_SERVER_UNREACHABLE", "It is away.");
      return { viewCount: "1" };
    },
  });
  await player.play();
  await pass(14_000);
  player.stop();
  await player.ended;
  expect(states()).toEqual(["playing 0", "playing 10000", "playing 11000", "playing 12000", "stopped 14000"]);
  expect(seen.filter(({ kind }) => kind === "trouble")).toHaveLength(2);
});

test("rejects when the server does not let it begin", async () => {
  const { player } = rig({
    answer() {
      throw new ReelayError("REELAY_UNAUTHORIZED");
    },
  });
  await expect(player.play()).rejects.toMatchObject({ code: "REELAY_UNAUTHORIZED" });
});
