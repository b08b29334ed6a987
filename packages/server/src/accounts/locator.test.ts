import { expect, test } from "vitest";
import { ManualClock } from "../support/index.ts";
import { createLocator } from "./locator.ts";

test("a request is located by what settings and interfaces say at that moment", () => {
  const clock = new ManualClock();
  let lanNetworks = "";
  let publicAddress = "";
  let interfaces = ["192.168.1.5/24"];
  const locate = createLocator({
    clock,
    trustProxy: ["10.0.0.2"],
    lanNetworks: () => lanNetworks,
    publicAddress: () => publicAddress,
    interfaces: () => interfaces,
  });
  const at = (remoteAddress: string, forwarded?: string) =>
    locate({
      headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      socket: { remoteAddress },
      httpVersion: "1.1",
      method: "GET",
      url: "/",
    });
  expect(at("192.168.1.9")).toEqual({ address: "192.168.1.9", local: true, publicAddress: "192.168.1.9" });
  expect(at("10.0.0.2", "192.168.1.9")).toMatchObject({ address: "192.168.1.9", local: true });
  expect(at("10.0.0.3", "192.168.1.9")).toMatchObject({ address: "10.0.0.3", local: false });
  lanNetworks = "10.0.0.0/8, 172.16.0.0/12";
  publicAddress = "203.0.113.9";
  expect(at("10.0.0.3")).toEqual({ address: "10.0.0.3", local: true, publicAddress: "203.0.113.9" });
  expect(at("192.168.1.9").local).toBe(true);
  interfaces = ["192.168.7.5/24"];
  clock.advance(10_000);
  expect([at("192.168.1.9").local, at("192.168.7.9").local]).toEqual([false, true]);
});
