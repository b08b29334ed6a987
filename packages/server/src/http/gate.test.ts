import { describe, expect, test } from "vitest";
import { isOwnHost, machineNames } from "./host-names.ts";
import { createGate, type Viewer } from "./index.ts";

const owner: Viewer = { accountId: 1, admin: true, sections: "all", tokenId: "1", tokenName: "test" };
const gate = createGate({
  authenticate: (token) => (token === "right" ? owner : undefined),
  hostNames: ["Media.Example.org"],
});

interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly httpVersion?: string;
}

function head({ method = "GET", url = "/", host, headers = {}, httpVersion = "1.1" }: Asked) {
  return { url, method, httpVersion, headers: { ...(host === undefined ? {} : { host }), ...headers } };
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

describe("without a token, known by", () => {
  const noted: string[] = [];
  const knowing = (ambient: "cookie" | "network", scheme: "http" | "https" = "http", publicUrl?: string) =>
    createGate({
      authenticate: (token) => (token === "right" ? owner : undefined),
      ambient: [() => undefined, ({ headers }) => (headers.cookie === "none" ? undefined : { ...owner, ambient })],
      hostNames: ["media.example"],
      scheme,
      publicUrl,
      onAuthenticated: (_viewer, { url }) => noted.push(String(url)),
    });
  const judge = (gate: ReturnType<typeof createGate>, asked: Asked) => {
    try {
      return gate.identify(head({ host: "media.example", ...asked })).ambient ?? "token";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  const refused = "REELAY_ORIGIN_REFUSED";
  const own = "http://media.example";
  /** What each of the two gets: by cookie, by network. */
  const rules: readonly (readonly [string, Asked, string, string])[] = [
    ["a GET that says nothing: browsers over HTTP, programs", {}, "cookie", "network"],
    ["a GET of an own page", { headers: { origin: own, "sec-fetch-site": "same-origin" } }, "cookie", "network"],
    ["an address that was opened by hand", { headers: { "sec-fetch-site": "none" } }, "cookie", "network"],
    ["a change by an own page", { method: "PUT", headers: { origin: own } }, "cookie", "network"],
    [
      "a change by an own page that only says so by Sec-Fetch-Site",
      { method: "POST", headers: { "sec-fetch-site": "same-origin" } },
      "cookie",
      "network",
    ],
    ["a change by a program, which has no cookie of a browser", { method: "POST" }, refused, "network"],
    ["a change by hand", { method: "POST", headers: { "sec-fetch-site": "none" } }, refused, refused],
    ["another site's page", { headers: { origin: "https://evil.example" } }, refused, refused],
    ["another site's page by Sec-Fetch-Site alone", { headers: { "sec-fetch-site": "cross-site" } }, refused, refused],
    ["a page of another port", { headers: { "sec-fetch-site": "same-site" } }, refused, refused],
    ["a page of another port by Origin", { headers: { origin: `${own}:8080` } }, refused, refused],
    ["a page that is of no origin", { headers: { origin: "null" } }, refused, refused],
    ["an Origin that only begins like ours", { headers: { origin: `${own}.evil.example` } }, refused, refused],
    [
      "an own Origin beside a foreign Sec-Fetch-Site",
      { headers: { origin: own, "sec-fetch-site": "cross-site" } },
      refused,
      refused,
    ],
    ["a rebound name", { host: "evil.example" }, refused, refused],
    [
      "a rebound name that is its own origin",
      { host: "evil.example", headers: { origin: "http://evil.example" } },
      refused,
      refused,
    ],
    [
      "the own name, the default port written out",
      { host: "media.example:80", headers: { origin: own } },
      "cookie",
      "network",
    ],
    ["the own name on its port", { host: "media.example:81", headers: { origin: `${own}:81` } }, "cookie", "network"],
    ["a page over TLS that a proxy ends", { headers: { origin: "https://media.example" } }, "cookie", "network"],
    [
      "a wrong token, whatever else is right",
      { url: "/?X-Plex-Token=wrong" },
      "REELAY_UNAUTHORIZED",
      "REELAY_UNAUTHORIZED",
    ],
    [
      "a right token from a foreign page",
      { url: "/?X-Plex-Token=right", headers: { origin: "https://evil.example" } },
      "token",
      "token",
    ],
    ["nothing that is known", { headers: { cookie: "none" } }, "REELAY_UNAUTHORIZED", "REELAY_UNAUTHORIZED"],
  ];
  test.each(rules)("%s", (_what, asked, byCookie, byNetwork) => {
    expect([judge(knowing("cookie"), asked), judge(knowing("network"), asked)]).toEqual([byCookie, byNetwork]);
  });

  test.each([
    ["https", undefined, "https://media.example", "cookie"],
    ["https", undefined, "http://media.example", refused],
    ["http", "https://tv.example/reelay", "https://tv.example", "cookie"],
    ["http", "https://tv.example/reelay", "http://tv.example", refused],
    ["http", "https://tv.example/reelay", "https://tv.example:8443", refused],
    ["http", "https://tv.example/reelay", own, "cookie"],
  ] as const)("a server of %s under %s: a page of %s", (scheme, publicUrl, origin, expected) => {
    expect(judge(knowing("cookie", scheme, publicUrl), { headers: { origin } })).toBe(expected);
  });

  test("cookie, a foreign page is nobody where anybody may ask", () => {
    const gate = knowing("cookie");
    const asked = (headers: Asked["headers"] = {}) => gate.identifyIfAny(head({ host: "localhost", headers }));
    expect(asked()).toMatchObject({ ambient: "cookie" });
    expect(asked({ origin: "https://evil.example" })).toBeUndefined();
    expect(() => gate.requireSameOrigin(head({ headers: { origin: "https://evil.example" } }))).toThrow();
  });

  test("network, only what a foreign page cannot have caused is told of", () => {
    const gate = knowing("network");
    noted.length = 0;
    for (const method of ["GET", "HEAD", "POST"]) gate.identify(head({ host: "localhost", method, url: `/${method}` }));
    expect(noted).toEqual(["/POST"]);
  });
});
