import { beforeEach, expect, test } from "vitest";
import { NetworkAccess } from "./network-access.ts";

let allowed: string;
let access: NetworkAccess;
beforeEach(() => {
  allowed = "192.168.1.0/24, fd00::/16, 203.0.113.9";
  access = new NetworkAccess({
    trustProxy: ["10.0.0.2", "fd99::2"],
    allowed: () => allowed,
    rightsOf: (accountId) => ({ accountId, admin: true, sections: "all" }),
  });
});

const ask = (remoteAddress: string | undefined, headers: Readonly<Record<string, string>> = {}) =>
  access.byNetwork({ method: "GET", url: "/", httpVersion: "1.1", headers, socket: { remoteAddress } });

test.each<[string | undefined, Readonly<Record<string, string>>, string | undefined]>([
  ["192.168.1.7", {}, "192.168.1.7"],
  ["::ffff:192.168.1.7", {}, "192.168.1.7"],
  ["fd00::7%eth0", {}, "fd00::7"],
  ["192.168.2.7", {}, undefined],
  ["127.0.0.1", {}, undefined],
  [undefined, {}, undefined],
  ["192.168.1.7", { "x-forwarded-for": "192.168.1.7" }, undefined],
  ["192.168.1.7", { forwarded: "for=192.168.1.7" }, undefined],
  ["192.168.1.7", { "x-real-ip": "192.168.1.7" }, undefined],
  ["192.168.1.7", { "x-forwarded-proto": "https" }, undefined],
  ["192.168.1.7", { "cf-connecting-ip": "192.168.1.7" }, undefined],
  ["192.168.1.7", { via: "1.1 squid" }, undefined],
  ["10.0.0.2", { "x-forwarded-for": "192.168.1.7" }, "192.168.1.7"],
  ["fd99::2", { "x-forwarded-for": "fd00::7" }, "fd00::7"],
  ["10.0.0.2", { "x-forwarded-for": "203.0.113.9:4711" }, "203.0.113.9"],
  ["10.0.0.2", { "x-forwarded-for": "192.168.1.7, 198.51.100.1" }, undefined],
  ["10.0.0.2", { "x-forwarded-for": "198.51.100.1, 192.168.1.7" }, "192.168.1.7"],
  ["10.0.0.2", { "x-forwarded-for": "192.168.1.7, fd99::2" }, "192.168.1.7"],
  ["10.0.0.2", { "x-forwarded-for": "fd99::2" }, undefined],
  ["10.0.0.2", { "x-forwarded-for": "" }, undefined],
  ["10.0.0.2", { "x-forwarded-for": "somebody" }, undefined],
  ["10.0.0.2", { forwarded: "for=192.168.1.7" }, undefined],
  ["10.0.0.2", {}, undefined],
])("from %s with %j: %s", (from, headers, address) => {
  expect(ask(from, headers)).toEqual(
    address === undefined
      ? undefined
      : expect.objectContaining({ accountId: 1, admin: true, ambient: "network", tokenId: `network:${address}` }),
  );
});

test("a trusted proxy is nobody itself, even where its address is allowed", () => {
  allowed = "10.0.0.0/8, fd99::2";
  expect(ask("10.0.0.2")).toBeUndefined();
  expect(ask("10.0.0.2", { "x-forwarded-for": "fd99::2" })).toBeUndefined();
  expect(ask("10.0.0.3")).toBeDefined();
});

test("what is allowed holds at once, for those who are let in already as well", () => {
  const viewer = ask("192.168.1.7");
  if (viewer === undefined) throw new Error("it was not let in");
  expect([access.current(viewer), access.isOver(viewer.tokenId)]).toEqual([viewer, false]);
  allowed = "192.168.1.8";
  expect([access.current(viewer), access.isOver(viewer.tokenId)]).toEqual([undefined, true]);
  expect(access.isOver("0123456789abcdef")).toBe(false);
  allowed = "";
  expect(ask("192.168.1.8")).toBeUndefined();
});
