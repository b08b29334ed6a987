import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { type Asked, ask, corsOf, read, verdict, ways } from "../access/caller.ts";
import { accessServer, allowNetworks, TOKEN } from "../access/server.ts";
import { NginxProcess } from "../support/nginx-process.ts";
import { fromGuide } from "../support/proxy-guide.ts";

/** TLS ends before nginx, as far as the server can tell. */
const PUBLIC_URL = "https://media.example/reelay";
const ORIGIN = "https://media.example";
const ALLOWED = "127.0.0.2";

interface Setup extends AsyncDisposable {
  readonly port: number;
  readonly server: RunningServer;
}

/** @param telling whether nginx says for whom it asks */
async function setup(which: "kept" | "stripped", telling: boolean, trusted: boolean): Promise<Setup> {
  const server = await accessServer({
    publicUrl: PUBLIC_URL,
    basePath: which === "kept" ? "/reelay" : "",
    ...(trusted ? { trustProxy: ["127.0.0.1"] } : {}),
  });
  const version = "proxy_http_version 1.1;";
  const told = `${version} proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`;
  const nginx = await NginxProcess.start((listen) => {
    const block = fromGuide(which, listen, new URL(server.url).origin);
    return telling ? block.replace(version, told) : block;
  });
  await allowNetworks(server.port, ALLOWED, which === "kept" ? "/reelay" : "");
  return {
    port: Number(new URL(nginx.url).port),
    server,
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const running: Partial<Record<"kept" | "stripped", Setup>> = {};
beforeAll(async () => {
  running.kept = await setup("kept", true, true);
  running.stripped = await setup("stripped", true, true);
});
afterAll(async () => {
  for (const used of Object.values(running)) await used[Symbol.asyncDispose]();
});

describe.each(["kept", "stripped"] as const)("behind nginx, its path %s,", (which) => {
  const port = () => running[which]?.port ?? 0;
  let cookie: string;

  test("a page of the public URL signs in, for the path and the encryption that the browser sees", async () => {
    const answer = await ask({
      ...{ port: port(), method: "POST", path: "/reelay/api/v1/sign-in" },
      ...{ headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" }, body: { token: TOKEN } },
    });
    const [header = ""] = answer.headers["set-cookie"] ?? [];
    expect([answer.status, header]).toEqual([
      200,
      expect.stringMatching(
        /^reelay_[0-9a-f]{8}=[\w-]{43}; Path=\/reelay; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/,
      ),
    ]);
    cookie = header.split(";")[0] ?? "";
  });

  describe.each(ways)("%s", (way) => {
    const asking = (asked: Omit<Asked, "port">) => read(way, { port: port(), ...asked }, "/reelay");

    test.each<[string, string | undefined, string]>([
      ["of the public URL", ORIGIN, "in"],
      ["that does not say where it is", undefined, "in"],
      ["of the same name in the clear", "http://media.example", "REELAY_ORIGIN_REFUSED"],
      ["of another site", "https://evil.example", "REELAY_ORIGIN_REFUSED"],
    ])("a page %s, with the cookie", async (_which, origin, expected) => {
      const answer = await asking({ headers: { cookie, ...(origin === undefined ? {} : { origin }) } });
      answer.close();
      expect([verdict(answer), corsOf(answer)]).toEqual([expected, []]);
    });

    test.each<[string, string, Readonly<Record<string, string>>, string]>([
      ["from an allowed address", ALLOWED, {}, "in"],
      ["from another address", "127.0.0.9", {}, "REELAY_UNAUTHORIZED"],
      ["that claims an allowed address", "127.0.0.9", { "x-forwarded-for": ALLOWED }, "REELAY_UNAUTHORIZED"],
      [
        "of another site, from an allowed address",
        ALLOWED,
        { origin: "https://evil.example" },
        "REELAY_ORIGIN_REFUSED",
      ],
    ])("a visitor %s", async (_which, from, headers, expected) => {
      const answer = await asking({ from, headers });
      answer.close();
      expect(verdict(answer)).toBe(expected);
    });
  });
});

test.each<[string, boolean, boolean]>([
  ["that is trusted and does not say for whom it asks", false, true],
  ["that is not trusted", true, false],
])("by network nobody is let in through a proxy %s", async (_which, telling, trusted) => {
  await using behind = await setup("stripped", telling, trusted);
  // The proxy's own address, which is everybody's there.
  await allowNetworks(behind.server.port, `127.0.0.1, ${ALLOWED}`);
  for (const from of ["127.0.0.1", ALLOWED]) {
    expect(verdict(await read("REST", { port: behind.port, from }, "/reelay"))).toBe("REELAY_UNAUTHORIZED");
  }
});
