import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGate, createHttp } from "../http/index.ts";
import { createLogger } from "../support/index.ts";
import { hookRoutes, plexHookRoutes } from "./index.ts";
import { type HooksRig, hooksRig, MEMBER, OWNER } from "./testing/hooks-rig.ts";

type Answer = Awaited<ReturnType<ReturnType<typeof createHttp>["inject"]>>;
type Method = "GET" | "POST" | "PATCH" | "DELETE";

let rig: HooksRig;
let app: ReturnType<typeof createHttp>;

/** The tokens are the names. */
const accounts: Readonly<Record<string, number>> = { owner: OWNER, robin: MEMBER, kim: 3 };

beforeEach(async () => {
  rig = await hooksRig();
  const authenticate = (token: string) => {
    const accountId = accounts[token];
    if (accountId === undefined) return undefined;
    return { accountId, admin: accountId === OWNER, sections: "all" as const, tokenId: token, tokenName: token };
  };
  app = createHttp({ gate: createGate({ authenticate }), log: createLogger("silent") });
  app.register(hookRoutes, { hooks: rig.hooks, clock: rig.clock });
  app.register(plexHookRoutes, { hooks: rig.hooks });
});
afterEach(async () => {
  await app.close();
  await rig[Symbol.asyncDispose]();
});

function ask(token: string, method: Method, url: string, payload?: object): Promise<Answer> {
  const headers = { accept: "application/json", "x-plex-token": token };
  return app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
}

function sendForm(token: string, form: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return app.inject({
    method: "POST",
    url: "/api/v2/user/webhooks",
    headers: { "x-plex-token": token, "content-type": "application/x-www-form-urlencoded", ...headers },
    payload: form,
  });
}

describe("/api/v1/hooks", () => {
  test("adds with its secret, shows and lists without, changes and removes", async () => {
    const made = await ask("owner", "POST", "/api/v1/hooks", {
      url: "http://192.168.1.5/hook",
      description: "Lamp",
      events: ["media.play"],
      filter: { player: ["Sofa"] },
      headers: { Authorization: "Bearer very-secret", "X-Room": "2" },
      preset: "automation",
    });
    const { secret, ...hook } = made.json();
    expect(made.statusCode).toBe(201);
    expect(secret).toMatch(/^whsec_/);
    expect(hook).toEqual({
      id: expect.stringMatching(/^hook_/),
      accountId: OWNER,
      url: "http://192.168.1.5/hook",
      description: "Lamp",
      events: ["media.play"],
      filter: { player: ["Sofa"] },
      format: "plex",
      thumb: true,
      headers: { Authorization: "***", "X-Room": "***" },
      secrets: [{ masked: `whsec_…${secret.slice(-4)}` }],
      maxAge: { live: 30_000, record: 30_000 },
      latestOnly: true,
      settleMs: 1_500,
      enabled: true,
      createdAt: rig.clock.now(),
      updatedAt: rig.clock.now(),
    });
    const path = `/api/v1/hooks/${hook.id}`;
    const list = await ask("owner", "GET", "/api/v1/hooks");
    expect([list.json(), (await ask("owner", "GET", path)).json()]).toEqual([{ hooks: [hook] }, hook]);
    expect(list.headers["cache-control"]).toBe("no-store");
    expect(list.body).not.toContain("very-secret");
    expect(list.body).not.toContain(secret);
    // What was read can be written again.
    const { id: _id, accountId: _account, secrets: _secrets, createdAt: _made, updatedAt: _changed, ...read } = hook;
    const same = await ask("owner", "PATCH", path, { ...read, settleMs: 0 });
    expect(same.json()).toEqual({ ...hook, settleMs: 0 });
    expect(rig.hooks.get(hook.id)?.headers).toEqual({ Authorization: "Bearer very-secret", "X-Room": "2" });
    const off = await ask("owner", "PATCH", path, { enabled: false });
    expect(off.json()).toMatchObject({ enabled: false, disabledReason: "by-hand" });
    expect((await ask("owner", "DELETE", path)).statusCode).toBe(204);
    expect((await ask("owner", "GET", path)).statusCode).toBe(404);
  });

  test("a secret is rotated: shown once, and the old one for as long as it is valid", async () => {
    const { id, secret: first } = (await ask("owner", "POST", "/api/v1/hooks", { url: "http://localhost/" })).json();
    const rotated = await ask("owner", "POST", `/api/v1/hooks/${id}/secret`);
    const { secret, secrets } = rotated.json();
    const until = rig.clock.now() + 86_400_000;
    const masked = (text: string) => `whsec_…${text.slice(-4)}`;
    expect(secrets).toEqual([{ masked: masked(secret) }, { masked: masked(first), until }]);
    rig.clock.advance(86_400_000);
    const shown = (await ask("owner", "GET", `/api/v1/hooks/${id}`)).json();
    expect(shown.secrets).toEqual([{ masked: masked(secret) }]);
    const ended = await ask("owner", "POST", `/api/v1/hooks/${id}/secret`, { keepOldMs: 0 });
    expect(ended.json().secrets).toEqual([{ masked: masked(ended.json().secret) }]);
  });

  test("accounts manage their own, the owner all; somebody else's are not there", async () => {
    const members = (await ask("robin", "POST", "/api/v1/hooks", { url: "https://example.org/" })).json();
    const owners = (await ask("owner", "POST", "/api/v1/hooks", { url: "http://localhost/" })).json();
    expect(members.accountId).toBe(MEMBER);
    const ids = async (token: string, query = "") =>
      (await ask(token, "GET", `/api/v1/hooks${query}`)).json().hooks.map((hook: { id: string }) => hook.id);
    expect(new Set(await ids("owner"))).toEqual(new Set([members.id, owners.id]));
    expect(await ids("owner", `?accountId=${MEMBER}`)).toEqual([members.id]);
    expect(await ids("robin")).toEqual([members.id]);
    expect(await ids("robin", "?accountId=1")).toEqual([]);
    expect(await ids("kim")).toEqual([]);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { description: "mine" }],
      ["POST", "/secret", {}],
      ["DELETE", "", undefined],
    ] as const) {
      for (const hook of [members, owners]) {
        const answer = await ask("kim", method, `/api/v1/hooks/${hook.id}${path}`, body);
        expect([answer.statusCode, answer.json().error.detail]).toEqual([404, "There is no hook with this id."]);
      }
    }
    // What the owner writes into a member's hook is held to what the member may.
    const local = await ask("owner", "PATCH", `/api/v1/hooks/${members.id}`, { url: "http://192.168.1.1/" });
    expect(local.json().error).toMatchObject({ code: "REELAY_HOOK_URL_REFUSED", status: 400 });
    expect((await ask("owner", "PATCH", `/api/v1/hooks/${members.id}`, { description: "x" })).statusCode).toBe(200);
    expect((await ask("robin", "DELETE", `/api/v1/hooks/${members.id}`)).statusCode).toBe(204);
  });

  test.each<[object, string]>([
    [{}, "url"],
    [{ url: "http://localhost/", events: ["media.plays"] }, "events.0"],
    [{ url: "http://localhost/", filter: { players: "Sofa" } }, "did you mean player"],
    [{ url: "http://localhost/", filter: { event: "media.plai" } }, "did you mean media.play"],
    [{ url: "http://localhost/", settleMs: 60_001 }, "settleMs"],
    [{ url: "http://localhost/", maxAge: { live: 1 } }, "maxAge.live"],
    [{ url: "http://localhost/", secret: "whsec_c2hvcnQ=" }, "secret"],
    [{ url: "http://localhost/", ca: "no certificate" }, "ca"],
    [{ url: "http://localhost/", description: "a\u001b[2J" }, "description"],
    [{ url: "http://localhost/", disabledReason: "gone" }, "disabledReason"],
    [{ url: `http://localhost/${"x".repeat(2_048)}` }, "url"],
  ])("refuses %j and names what is wrong: %s", async (body, what) => {
    const answer = await ask("owner", "POST", "/api/v1/hooks", body);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, "REELAY_INVALID_PARAMETER"]);
    expect(answer.json().error.detail).toContain(what);
  });

  test("is in the description of the API, with what it takes", async () => {
    const { paths } = (await ask("owner", "GET", "/api/v1/openapi.json")).json();
    const { post, get } = paths["/api/v1/hooks"];
    expect(post.requestBody.content["application/json"].schema).toMatchObject({
      required: ["url"],
      properties: { events: { type: "array" }, filter: { type: "object" }, format: { default: "plex" } },
    });
    expect(get.description).toBe("For every account.");
    expect(Object.keys(paths["/api/v1/hooks/{id}"])).toEqual(["get", "patch", "delete"]);
    expect(paths["/api/v1/hooks/{id}/secret"].post.responses).toHaveProperty("503");
  });
});

describe("/api/v2/user/webhooks, Plex's own", () => {
  const list = (token: string, accept?: string) =>
    app.inject({
      method: "GET",
      url: "/api/v2/user/webhooks",
      headers: { "x-plex-token": token, ...(accept === undefined ? {} : { accept }) },
    });

  test("lists as JSON or XML, and a POST replaces the list with 201", async () => {
    expect((await list("owner", "application/json")).body).toBe("[]");
    expect((await list("owner")).body).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<webhooks/>');
    const form =
      "urls%5B%5D=http%3A%2F%2Flocalhost%3A1%2F%3Fa%3D1%26b%3D2&urls[]=http://localhost:2/&urls[]=http://localhost:2/";
    const set = await sendForm("owner", form, { accept: "application/json" });
    expect([set.statusCode, set.json()]).toEqual([
      201,
      [{ url: "http://localhost:1/?a=1&b=2" }, { url: "http://localhost:2/" }],
    ]);
    const xml = await sendForm("owner", "urls[]=http://localhost:1/?a=1%26b=2");
    expect([xml.statusCode, xml.headers["content-type"], xml.body]).toEqual([
      201,
      "application/xml; charset=utf-8",
      '<?xml version="1.0" encoding="UTF-8"?>\n<webhooks><webhook url="http://localhost:1/?a=1&amp;b=2"/></webhooks>',
    ]);
    expect((await list("robin", "application/json")).json()).toEqual([]);
  });

  test.each(["urls=", "urls[]=", "urls%5B%5D="])("is cleared by %s", async (form) => {
    await sendForm("owner", "urls[]=http://localhost:1/");
    const cleared = await sendForm("owner", form, { accept: "application/json" });
    expect([cleared.statusCode, cleared.json(), rig.hooks.list()]).toEqual([201, [], []]);
  });

  test("changes one's own list only, and hooks whose address stays keep what else they can", async () => {
    await ask("robin", "POST", "/api/v1/hooks", { url: "https://example.org/" });
    const { id } = (await ask("owner", "POST", "/api/v1/hooks", { url: "http://localhost:1/", settleMs: 9 })).json();
    const { json } = await sendForm("owner", "urls[]=http://localhost:1/", { accept: "application/json" });
    expect(json()).toEqual([{ url: "http://localhost:1/" }]);
    expect(rig.hooks.get(id)?.settleMs).toBe(9);
    expect(rig.hooks.list()).toHaveLength(2);
  });

  test.each<[string, string, Readonly<Record<string, string>>, number, RegExp]>([
    ["no list at all", "url[]=x", {}, 400, /urls\[\] is missing/],
    ["an address that is none", "urls[]=nowhere", {}, 400, /no address/],
    ["a member's to the local network", "urls[]=http://10.0.0.1/", { "x-plex-token": "robin" }, 400, /only the owner/],
    ["JSON", '{"urls":[]}', { "content-type": "application/json" }, 400, /Send a form/],
    ["a wrong token", "urls[]=", { "x-plex-token": "nobody" }, 401, /token/],
    ["a long address", `urls[]=http://localhost/${"x".repeat(2_048)}`, {}, 400, /2048 characters/],
    ["a long form", `urls[]=${"x".repeat(262_144)}`, {}, 413, /larger/],
  ])("answers %s as plex.tv does", async (_what, form, headers, status, message) => {
    const answer = await sendForm("owner", form, { accept: "application/json", ...headers });
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      { errors: [{ code: status, message: expect.stringMatching(message), status }] },
    ]);
    const xml = await sendForm("owner", form, headers);
    expect(xml.body).toMatch(new RegExp(`<errors><error code="${status}" message="[^"]+" status="${status}"`));
    expect(rig.hooks.list()).toEqual([]);
  });
});
