import { describe, expect, test } from "vitest";
import { networks, type Surroundings, whereabouts } from "./whereabouts.ts";

const home: Surroundings = {
  trustedProxies: networks(["10.0.0.2", "fd00::2", "172.16.0.0/12"]),
  localNetworks: networks(["192.168.1.5/24", "fd00::5/64", "fe80::5/64", "10.8.0.0/255.255.0.0", "203.0.113.64/26"]),
  publicAddress: "198.51.100.7",
};

interface Case {
  readonly from: string | undefined;
  readonly forwarded?: string;
  readonly is: readonly [address: string, local: boolean, publicAddress: string];
}

function check({ from, forwarded, is: [address, local, publicAddress] }: Case, surroundings = home): void {
  const caller = { remoteAddress: from, forwardedFor: forwarded };
  expect(whereabouts(caller, surroundings)).toEqual({ address, local, publicAddress });
}

describe("without a proxy", () => {
  test.each<Case>([
    { from: "127.0.0.1", is: ["127.0.0.1", true, "198.51.100.7"] },
    { from: "127.8.8.8", is: ["127.8.8.8", true, "198.51.100.7"] },
    { from: "::1", is: ["::1", true, "198.51.100.7"] },
    { from: "::ffff:127.0.0.1", is: ["127.0.0.1", true, "198.51.100.7"] },
    { from: "192.168.1.77", is: ["192.168.1.77", true, "198.51.100.7"] },
    { from: "192.168.2.77", is: ["192.168.2.77", false, "198.51.100.7"] },
    { from: "::ffff:192.168.1.77", is: ["192.168.1.77", true, "198.51.100.7"] },
    { from: "::FFFF:c0a8:014d", is: ["192.168.1.77", true, "198.51.100.7"] },
    { from: "10.8.200.1", is: ["10.8.200.1", true, "198.51.100.7"] },
    { from: "10.9.0.1", is: ["10.9.0.1", false, "198.51.100.7"] },
    { from: "fd00::77", is: ["fd00::77", true, "198.51.100.7"] },
    { from: "fd00:0:0:1::77", is: ["fd00:0:0:1::77", false, "198.51.100.7"] },
    { from: "fe80::1%eth0", is: ["fe80::1", true, "198.51.100.7"] },
    { from: "100.64.3.2", is: ["100.64.3.2", false, "198.51.100.7"] },
    { from: "93.184.216.34", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "2606:2800:220:1::1", is: ["2606:2800:220:1::1", false, "2606:2800:220:1::1"] },
    { from: "203.0.113.70", is: ["203.0.113.70", true, "203.0.113.70"] },
    { from: "203.0.113.9", is: ["203.0.113.9", false, "203.0.113.9"] },
    { from: undefined, is: ["", false, "198.51.100.7"] },
    { from: "not an address", is: ["", false, "198.51.100.7"] },
  ])("$from is $is", (each) => check(each));
});

describe("X-Forwarded-For of somebody who is no trusted proxy changes nothing", () => {
  test.each<Case>([
    { from: "93.184.216.34", forwarded: "127.0.0.1", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "127.0.0.1", forwarded: "93.184.216.34", is: ["127.0.0.1", true, "198.51.100.7"] },
    { from: "192.168.1.77", forwarded: "1.1.1.1, 10.0.0.2", is: ["192.168.1.77", true, "198.51.100.7"] },
    { from: "fe80::2%eth0", forwarded: "::1", is: ["fe80::2", true, "198.51.100.7"] },
  ])("$from with $forwarded is $is", (each) => check(each));
});

describe("behind trusted proxies the rightmost address that is none of theirs counts", () => {
  test.each<Case>([
    { from: "10.0.0.2", forwarded: "93.184.216.34", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "::ffff:10.0.0.2", forwarded: "192.168.1.77", is: ["192.168.1.77", true, "198.51.100.7"] },
    // The client wrote the first part itself.
    { from: "10.0.0.2", forwarded: "127.0.0.1, 93.184.216.34", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "10.0.0.2", forwarded: "1.1.1.1,93.184.216.34,172.17.0.1", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "fd00::2", forwarded: "[2606:2800:220:1::1]:443", is: ["2606:2800:220:1::1", false, "2606:2800:220:1::1"] },
    { from: "10.0.0.2", forwarded: "93.184.216.34:5123", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "10.0.0.2", forwarded: "::ffff:93.184.216.34", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "10.0.0.2", forwarded: " , 93.184.216.34 , ", is: ["93.184.216.34", false, "93.184.216.34"] },
    // Nothing but proxies: the outermost of them asks for itself.
    { from: "10.0.0.2", forwarded: "172.17.0.9, 172.17.0.1", is: ["172.17.0.9", false, "198.51.100.7"] },
    { from: "10.0.0.2", is: ["10.0.0.2", false, "198.51.100.7"] },
    { from: "10.0.0.2", forwarded: "", is: ["10.0.0.2", false, "198.51.100.7"] },
    // Told what is no address: it may be anywhere.
    { from: "10.0.0.2", forwarded: "unknown", is: ["10.0.0.2", false, "198.51.100.7"] },
    { from: "10.0.0.2", forwarded: "127.0.0.1, <script>", is: ["10.0.0.2", false, "198.51.100.7"] },
    { from: "10.0.0.2", forwarded: "_hidden, 93.184.216.34", is: ["93.184.216.34", false, "93.184.216.34"] },
    { from: "10.0.0.2", forwarded: "127.0.0.1.5", is: ["10.0.0.2", false, "198.51.100.7"] },
    { from: "10.0.0.2", forwarded: "127.0.0.1:80:80", is: ["10.0.0.2", false, "198.51.100.7"] },
  ])("$from with $forwarded is $is", (each) => check(each));
});

test("a proxy on this machine makes nobody local", () => {
  const behind = { ...home, trustedProxies: networks(["127.0.0.1", "::1"]) };
  check({ from: "::1", forwarded: "93.184.216.34", is: ["93.184.216.34", false, "93.184.216.34"] }, behind);
  check({ from: "127.0.0.1", forwarded: "garbage", is: ["127.0.0.1", false, "198.51.100.7"] }, behind);
});

test("where the public address is not known, a private caller's own is all there is", () => {
  const unknown = { ...home, publicAddress: "" };
  check({ from: "192.168.1.77", is: ["192.168.1.77", true, "192.168.1.77"] }, unknown);
  check({ from: undefined, is: ["", false, ""] }, unknown);
});

test("networks that cannot be read are left out, the others count", () => {
  const list = networks([
    "",
    "nonsense",
    "10.0.0.0/33",
    "10.0.0.0/x",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "::1/129",
    "192.168.0.0/16",
  ]);
  expect(["10.0.0.1", "192.168.7.7"].map((address) => list.check(address))).toEqual([false, true]);
});
