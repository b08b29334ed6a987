import { PassThrough } from "node:stream";
import type { ReadStream } from "node:tty";
import { expect, test } from "vitest";
import { type PlayKey, readKeys } from "./play-keys.ts";

const none = () => undefined;

test("keys of a program that runs the player count when they are asked for, until they are given back", async () => {
  const stdin = new PassThrough();
  const pressed: PlayKey[] = [];
  const giveBack = readKeys(stdin as unknown as ReadStream, (key) => pressed.push(key), none, true);
  stdin.write("px\n s");
  await expect.poll(() => pressed).toEqual(["pause", "pause", "stop"]);
  giveBack?.();
  expect(stdin.isPaused()).toBe(true);
});

test("what is no terminal is otherwise left to who owns it", () => {
  const stdin = new PassThrough();
  expect(readKeys(stdin as unknown as ReadStream, none, none)).toBeUndefined();
  stdin.write("p");
  expect(stdin.readableLength).toBe(1);
});
