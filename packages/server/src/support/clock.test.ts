import { expect, test } from "vitest";
import { ManualClock, systemClock } from "./index.ts";

test("a moved clock runs what falls due in the order of time, each at its own time", () => {
  const clock = new ManualClock(1_000);
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(`${name}${clock.now()}`);
  clock.after(30, note("late "));
  const stop = clock.every(10, note("tick "));
  clock.after(5, () => clock.after(1, note("nested ")));
  const cancel = clock.after(15, note("cancelled "));
  clock.after(12, () => cancel());
  clock.advance(25);
  stop();
  clock.advance(25);
  expect(ran).toEqual(["tick 1010", "nested 1006", "tick 1020", "late 1030"].sort((a, b) => timeOf(a) - timeOf(b)));
  expect(clock.now()).toBe(1_050);
});

const timeOf = (text: string) => Number(text.split(" ")[1]);

test("the system's clock calls back, and not after it was told not to", async () => {
  const before = systemClock.now();
  let ticks = 0;
  await new Promise<void>((resolve) => {
    const stop = systemClock.every(1, () => {
      ticks++;
      if (ticks === 2) {
        stop();
        resolve();
      }
    });
    systemClock.after(1, () => expect.unreachable("cancelled"))();
  });
  expect(ticks).toBe(2);
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});
