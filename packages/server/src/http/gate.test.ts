import { expect, test } from "vitest";
import { isOwnHost, machineNames } from "./host-names.ts";
import { createGate, type Viewer } from "./index.ts";

const owner: Viewer = { accountId: 1, admin: true, sections: "all", tokenId: "1", tokenName: "test" };
const gate = createGate({
  authenticate: (token) => (token === "right" ? owner : undefined),
  hostNames: ["Media.Example.org"],
});

interface Asked {
  readonly url?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly httpVersion?: string;
}

function head({ url = "/", host, headers = {}, httpVersion = "1.1" }: Asked) {
  return { url, method: "GET", httpVersion, headers: { ...(host === undefined ? {} : { host }), ...headers } };
}

test.each<[string, Asked]>([
  ["header", { headers: { "x-plex-token": "right" } }],
  ["query", { url: "/?X-Plex-Token=right" }],
  ["query in lower case", { url: "/?x-plex-token=right" }],
  ["query with its name percent-encoded", { url: "/?X%2DPlex%2DToken=right" }],
  ["query, the header being empty", { url: "/?X-Plex-Token=right", headers: { "x-plex-token": "" } }],
  ["query, an empty repetition ignored", { url: "/?X-Plex-Token=right&X-Plex-Token=" }],
  ["header, which beats the query", { url: "/?X-Plex-Token=wrong", headers: { "x-plex-token": "right" } }],
])("takes the token from the %s, under any Host", (_where, asked) => {
  expect(gate.identify(head({ host: "rebound.example", ...asked }))).toBe(owner);
});

test.each<[string, Asked, string]>([
  ["no token", { host: "127.0.0.1:32400" }, "REELAY_UNAUTHORIZED"],
  ["a wrong token", { host: "127.0.0.1", url: "/?X-Plex-Token=wrong" }, "REELAY_UNAUTHORIZED"],
  [
    "a wrong header beside a right query",
    { url: "/?X-Plex-Token=right", headers: { "x-plex-token": "wrong" } },
    "REELAY_UNAUTHORIZED",
  ],
  ["a wrong token under a foreign Host", { host: "evil.example", url: "/?X-Plex-Token=wrong" }, "REELAY_UNAUTHORIZED"],
  ["a foreign Host and no token", { host: "evil.example" }, "REELAY_ORIGIN_REFUSED"],
  ["no Host", {}, "REELAY_BAD_REQUEST"],
])("refuses %s", (_what, asked, code) => {
  expect(() => gate.identify(head(asked))).toThrow(expect.objectContaining({ code }));
});

test("what is public needs an own Host or a right token, not just any token", () => {
  expect(gate.identifyIfAny(head({ host: "127.0.0.1" }))).toBeUndefined();
  expect(gate.identifyIfAny(head({ host: "media.example.org:443" }))).toBeUndefined();
  expect(gate.identifyIfAny(head({ httpVersion: "1.0" }))).toBeUndefined();
  expect(gate.identifyIfAny(head({ host: "evil.example", url: "/?X-Plex-Token=right" }))).toBe(owner);
  for (const url of ["/", "/?X-Plex-Token=invented"]) {
    expect(() => gate.identifyIfAny(head({ host: "evil.example", url }))).toThrow(
      expect.objectContaining({ code: "REELAY_ORIGIN_REFUSED" }),
    );
  }
});

test.each([
  "127.0.0.1",
  "127.0.0.1:32400",
  "[::1]:32400",
  "[fe80::1]",
  "LOCALHOST:1",
  "localhost.",
  "nas",
  "NAS.local:32400",
])("%s is an own Host", (host) => expect(isOwnHost(host, new Set(machineNames("nas.home")))).toBe(true));

test.each([
  "",
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "nas.evil.example",
  "[nas]",
  "a@localhost",
  "localhost:x",
  "0x7f.1",
  "::1",
])("%s is no own Host", (host) => expect(isOwnHost(host, new Set(machineNames("nas.home")))).toBe(false));

test("tells of each request with a valid token, and of no other", () => {
  const told: [Viewer, string | undefined][] = [];
  const telling = createGate({
    authenticate: (token) => (token === "right" ? owner : undefined),
    onAuthenticated: (viewer, { url }) => told.push([viewer, url]),
  });
  telling.identify(head({ url: "/a?X-Plex-Token=right" }));
  telling.identifyIfAny(head({ url: "/b?X-Plex-Token=right" }));
  telling.identifyIfAny(head({ url: "/c", host: "localhost" }));
  telling.identifyIfAny(head({ url: "/d?X-Plex-Token=wrong", host: "localhost" }));
  expect(() => telling.identify(head({ url: "/e?X-Plex-Token=wrong" }))).toThrow();
  expect(told).toEqual([
    [owner, "/a?X-Plex-Token=right"],
    [owner, "/b?X-Plex-Token=right"],
  ]);
});
