import { once } from "node:events";
import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AddressClass, classOf } from "./address-class.ts";
import { AddressPolicy } from "./address-policy.ts";
import type { Reach } from "./hook.ts";
import type { Resolve } from "./name-lookup.ts";

const policy = new AddressPolicy();

function allowed(url: string, reach: Reach): boolean {
  try {
    policy.check(url, reach);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "REELAY_HOOK_URL_REFUSED" });
    return false;
  }
}

describe("the class of an address", () => {
  test.each<[AddressClass, string]>([
    ["public", "1.1.1.1"],
    ["public", "192.0.1.1"],
    ["public", "2606:4700:4700::1111"],
    ["public", "::ffff:1.1.1.1"],
    ["public", "64:ff9b::1.1.1.1"],
    ["public", "2002:0101:0101::1"],
    ["local", "127.0.0.1"],
    ["local", "127.255.255.254"],
    ["local", "10.255.0.1"],
    ["local", "172.16.0.1"],
    ["local", "172.31.255.255"],
    ["public", "172.32.0.1"],
    ["local", "192.168.0.1"],
    ["local", "100.64.0.1"],
    ["local", "::1"],
    ["local", "fd12:3456::1"],
    ["local", "::ffff:127.0.0.1"],
    ["local", "::ffff:c0a8:1"],
    ["local", "64:ff9b::10.0.0.1"],
    ["local", "2002:7f00:1::"],
    ["never", "0.0.0.0"],
    ["never", "0.1.2.3"],
    ["never", "169.254.0.1"],
    ["never", "169.254.169.254"],
    ["never", "::ffff:169.254.169.254"],
    ["never", "64:ff9b::a9fe:a9fe"],
    ["never", "2002:a9fe:a9fe::"],
    ["never", "100.100.100.200"],
    ["never", "168.63.129.16"],
    ["never", "192.0.0.192"],
    ["never", "fd00:ec2::254"],
    ["never", "fe80::1"],
    ["never", "fe80::1%eth0"],
    ["never", "febf::1"],
    ["never", "fec0::1"],
    ["never", "::"],
    ["never", "::1.2.3.4"],
    ["never", "64:ff9b:1::a00:1"],
    ["never", "224.0.0.1"],
    ["never", "239.255.255.250"],
    ["never", "255.255.255.255"],
    ["never", "240.0.0.1"],
    ["never", "192.0.2.1"],
    ["never", "198.51.100.1"],
    ["never", "203.0.113.1"],
    ["never", "198.18.0.1"],
    ["never", "ff02::1"],
    ["never", "2001:db8::1"],
    ["never", "2001::1"],
    ["never", "100::1"],
    ["never", "4000::1"],
    ["never", "no address"],
    ["never", ""],
  ])("is %s: %s", (expected, address) => expect(classOf(address)).toBe(expected));
});

describe("an address in a URL", () => {
  const both = "both";
  const owner = "only the owner's";
  const nobody = "nobody's";
  test.each<[typeof both | typeof owner | typeof nobody, string]>([
    [both, "https://example.org/hook"],
    [both, "http://example.org:8080"],
    [both, "https://1.1.1.1/"],
    [both, "https://[2606:4700:4700::1111]:8443/"],
    [both, "http://localhost.example.org/"],
    // Names are for the look-up to decide.
    [both, "http://localhost:1234/"],
    [both, "http://localhost./"],
    [both, "https://bücher.example/"],
    [owner, "http://127.0.0.1/"],
    [owner, "http://127.1/"],
    [owner, "http://0x7f.1/"],
    [owner, "http://0x7f000001/"],
    [owner, "http://2130706433/"],
    [owner, "http://017700000001/"],
    [owner, "http://0177.0.0.1/"],
    [owner, "http://127.0.0.1./"],
    [owner, "http://%31%32%37.0.0.1/"],
    [owner, "http://１２７.0.0.1/"],
    [owner, "http://[::1]/"],
    [owner, "http://[64:ff9b::127.0.0.1]/"],
    [owner, "http://[::ffff:0:127.0.0.1]/"],
    [owner, "http://[::ffff:127.0.0.1]/"],
    [owner, "http://[::ffff:7f00:1]/"],
    [owner, "http://192.168.1.20:9090/"],
    [owner, "HTTP://10.1.2.3/"],
    [owner, "http://[fd00::5]/"],
    [owner, "https://example.org:22/"],
    [owner, "https://example.org:6667/"],
    [nobody, "http://169.254.169.254/latest/meta-data/"],
    [nobody, "http://169.254.169.254./"],
    [nobody, "http://2852039166/"],
    [nobody, "http://0xa9.0xfe.0xa9.0xfe/"],
    [nobody, "http://[::ffff:169.254.169.254]/"],
    [nobody, "http://[::ffff:a9fe:a9fe]/"],
    [nobody, "http://[fe80::1]/"],
    [nobody, "http://[fe80::1%25eth0]/"],
    [nobody, "http://[::127.0.0.1]/"],
    [nobody, "http://[64:ff9b::169.254.169.254]/"],
    [nobody, "http://[2002:a9fe:a9fe::1]/"],
    [nobody, "http://[2001:0:a9fe:a9fe::1]/"],
    [nobody, "http://①⑥⑨.254.169.254/"],
    [nobody, "http://169。254。169。254/"],
    [nobody, "http://169%2e254%2e169%2e254/"],
    [nobody, "http:\\\\169.254.169.254\\"],
    [nobody, "http://0.0.0.0/"],
    [nobody, "http://0/"],
    [nobody, "http://[::]/"],
    [nobody, "http://224.0.0.251/"],
    [nobody, "http://255.255.255.255/"],
    [nobody, "http://example.org:0/"],
    [nobody, "http://user@example.org/"],
    [nobody, "http://user:password@192.168.1.5/"],
    [nobody, "http://:password@192.168.1.5/"],
    [nobody, "ftp://192.168.1.5/"],
    [nobody, "file:///etc/passwd"],
    [nobody, "javascript:alert(1)"],
    [nobody, "unix:/run/docker.sock"],
    [nobody, "//192.168.1.5/"],
    [nobody, "192.168.1.5"],
    [nobody, "http://"],
    [nobody, "http://999.1.1.1/"],
    [nobody, "http://[::1/"],
    [nobody, "http://exa mple/"],
  ])("may be %s: %s", (whose, url) => {
    const expected = { [both]: [true, true], [owner]: [true, false], [nobody]: [false, false] }[whose];
    expect([allowed(url, "anywhere"), allowed(url, "public")]).toEqual(expected);
  });

  test("says why", () => {
    expect(() => policy.check("http://10.0.0.1/", "public")).toThrow(
      "10.0.0.1 is in the local network, where only the owner's hooks may go.",
    );
    expect(() => policy.check("http://0xa9fea9fe/", "anywhere")).toThrow("169.254.169.254 is where no hook may go.");
  });
});

test("a public address of this machine is as local as all of them, in any spelling", () => {
  const onTheInternet = new AddressPolicy(undefined, () => ["10.0.0.7", "8.8.4.4", "2606:4700::5", "fe80::1%eth0"]);
  const own = ["8.8.4.4", "0x08080404", "[::ffff:8.8.4.4]", "[64:ff9b::808:404]", "[2606:4700:0::5]"];
  for (const host of own) {
    expect(() => onTheInternet.check(`http://${host}/`, "public"), host).toThrow("is in the local network");
    expect(onTheInternet.check(`http://${host}/`, "anywhere")).toBeInstanceOf(URL);
  }
  for (const host of ["8.8.8.8", "[2606:4700::6]"])
    expect(onTheInternet.check(`http://${host}/`, "public")).toBeDefined();
  expect(() => onTheInternet.check("http://[fe80::1]/", "anywhere")).toThrow("where no hook may go");
});

describe("an IPv4 address means the same", () => {
  const octet = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 10, 127, 169, 172, 192, 254, 100, 168));
  const address = fc.tuple(octet, octet, octet, octet);
  const spelled = (number: number, radix: number) =>
    radix === 16 ? `0x${number.toString(16)}` : radix === 8 ? `0${number.toString(8)}` : String(number);

  test("in any spelling that a URL can have, alone and inside IPv6", () => {
    const radixes = fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(address, radixes, fc.integer({ min: 1, max: 4 }), fc.boolean(), (octets, bases, parts, dot) => {
        const number = octets.reduce((sum, part) => sum * 256 + part, 0);
        const head = octets.slice(0, parts - 1).map((part, index) => spelled(part, bases[index] ?? 10));
        const last = spelled(number % 256 ** (5 - parts), bases[3] ?? 10);
        const odd = `${[...head, last].join(".")}${dot ? "." : ""}`;
        const hex = number.toString(16).padStart(8, "0");
        for (const reach of ["anywhere", "public"] as const) {
          const plain = allowed(`http://${octets.join(".")}/`, reach);
          expect(allowed(`http://${odd}/`, reach), odd).toBe(plain);
          for (const prefix of ["::ffff:", "64:ff9b::"]) {
            const inside = `http://[${prefix}${hex.slice(0, 4)}:${hex.slice(4)}]/`;
            expect(allowed(inside, reach), inside).toBe(plain);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a name", () => {
  let server: Server;
  let port: number;
  const seen: Socket[] = [];
  beforeAll(async () => {
    server = createServer((socket) => {
      seen.push(socket);
      socket.end("hello");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => void server.close());

  /** A name server that gives these answers one after the other. */
  function answers(...all: readonly (readonly string[])[]): { readonly resolve: Resolve; asked: number } {
    const names = {
      asked: 0,
      resolve: async () => {
        const addresses = all[names.asked++] ?? [];
        return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      },
    };
    return names;
  }

  async function connect(resolve: Resolve, reach: Reach): Promise<string> {
    const lookup = new AddressPolicy(resolve).lookup(reach);
    const socket = netConnect({ host: "receiver.example", port, lookup });
    const [data] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return data.toString();
  }

  test("is connected to at the address that was checked: it is asked once", async () => {
    const names = answers(["127.0.0.1"], ["169.254.169.254"]);
    expect(await connect(names.resolve, "anywhere")).toBe("hello");
    expect(names.asked).toBe(1);
    await expect(connect(names.resolve, "anywhere")).rejects.toMatchObject({ code: "REELAY_HOOK_URL_REFUSED" });
  });

  test("that leads home by its second answer is refused then, and nothing is connected to", async () => {
    const before = seen.length;
    const names = answers(["127.0.0.1"]);
    const connected = connect(names.resolve, "public");
    await expect(connected).rejects.toMatchObject({
      code: "REELAY_HOOK_URL_REFUSED",
      message: "receiver.example leads in the local network, where only the owner's hooks may go.",
    });
    expect(seen).toHaveLength(before);
  });

  test("with several addresses is connected to at one that is allowed", async () => {
    expect(await connect(answers(["169.254.169.254", "fe80::1", "127.0.0.1"]).resolve, "anywhere")).toBe("hello");
  });

  test("that cannot be looked up says so as the system does", async () => {
    const failing: Resolve = () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
    await expect(connect(failing, "anywhere")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(connect(answers([]).resolve, "anywhere")).rejects.toMatchObject({ code: "REELAY_HOOK_URL_REFUSED" });
  });

  test("gives only what may be connected to, whatever the answers are", async () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("127.0.0.1", "169.254.169.254", "fe80::1", "::1"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(address, { maxLength: 5 }),
        fc.constantFrom("anywhere", "public"),
        async (found, reach) => {
          const lookup = new AddressPolicy(answers(found).resolve).lookup(reach);
          const { promise, resolve } = Promise.withResolvers<readonly string[]>();
          lookup("receiver.example", { all: true }, (error, all) =>
            resolve(error === null && Array.isArray(all) ? all.map((one) => one.address) : []),
          );
          const may = (one: string) => ["public", ...(reach === "anywhere" ? ["local"] : [])].includes(classOf(one));
          expect(await promise).toEqual(found.filter(may));
        },
      ),
    );
  });
});
