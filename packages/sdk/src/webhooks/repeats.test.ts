import { expect, test } from "vitest";
import { Repeats } from "./repeats.ts";
import type { AnyWebhookDelivery } from "./types.ts";

const good = Promise.resolve(true);

/** @param player of a document of its own, where there is no id */
function delivery(receivedAt: number, player: string, id?: string): AnyWebhookDelivery {
  const payload = { event: "media.play", user: true, owner: true, Account: {}, Server: {}, Player: { uuid: player } };
  const parts = { event: payload.event, payload, json: payload, receivedAt, trust: "none" };
  return { ...parts, ...(id === undefined ? {} : { id }) } as unknown as AnyWebhookDelivery;
}

test("documents are kept as long as they can be repeats, and no longer", () => {
  const repeats = new Repeats(10_000);
  for (let second = 0; second < 100; second++) repeats.remember(delivery(second * 1_000, `player-${second}`), good);
  expect(repeats.size).toBe(10);
  expect(repeats.find(delivery(99_500, "player-99"))).toBe(good);
  expect(repeats.find(delivery(99_500, "player-90"))).toBe(good);
  expect(repeats.find(delivery(99_500, "player-89"))).toBeUndefined();
});

test("ids are kept for a day, and ten thousand of them", () => {
  const repeats = new Repeats(0);
  repeats.remember(delivery(0, "tv", "msg_old"), good);
  repeats.remember(delivery(86_400_000, "tv", "msg_0"), good);
  expect(repeats.size).toBe(1);
  for (let number = 1; number < 10_500; number++) repeats.remember(delivery(86_400_000, "tv", `msg_${number}`), good);
  expect(repeats.size).toBe(10_000);
  expect(repeats.find(delivery(86_400_000, "tv", "msg_10499"))).toBe(good);
  expect(repeats.find(delivery(86_400_000, "tv", "msg_0"))).toBeUndefined();
});
