import { parseMediaContainerXml } from "@reelay/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { createGate, createHttp } from "../http/index.ts";
import { pictureTypeOf } from "../library/index.ts";
import { createLogger } from "../support/index.ts";
import { Devices } from "./devices.ts";
import { accountRoutes, deviceRoutes, plexAccountRoutes, tokenRoutes } from "./index.ts";
import { type AccountsRig, accountsRig } from "./testing.ts";

const log = createLogger("silent");
const png = Buffer.from("\x89PNG\r\n\x1a\n and the rest of it", "latin1");
const asData = (bytes: Uint8Array, type = "image/png") =>
  `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;

type Method = "GET" | "POST" | "PATCH" | "DELETE";
interface Asked {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

let rig: AccountsRig;
let ask: (method: Method, url: string, payload?: object, asked?: Asked) => Promise<Answer>;
type Answer = Awaited<ReturnType<ReturnType<typeof createHttp>["inject"]>>;

beforeEach(async () => {
  rig = await accountsRig();
  const { accounts, database, outbox, clock } = rig;
  const locate = () => ({ address: "192.168.1.7", local: true, publicAddress: "203.0.113.9" });
  const devices = new Devices({ database, outbox, clock, log, locate });
  const app = createHttp({
    gate: createGate({ authenticate: accounts.tokens.authenticate, onAuthenticated: devices.note }),
    log,
  });
  app.register(accountRoutes, { accounts, sectionIds: () => [1, 2], pictureTypeOf });
  app.register(tokenRoutes, { accounts });
  app.register(plexAccountRoutes, { accounts, devices });
  app.register(deviceRoutes, { devices });
  accounts.tokens.accept("owner", 1, "local");
  ask = (method, url, payload, { token = "owner", headers = {} } = {}) =>
    app.inject({
      method,
      url,
      headers: { accept: "application/json", "x-plex-token": token, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  return async () => {
    await app.close();
    await rig.close();
  };
});

describe("/api/v1/accounts", () => {
  test("adds, shows, lists, changes and removes", async () => {
    const made = await ask("POST", "/api/v1/accounts", { name: " Robin ", sections: [2] });
    const { id } = made.json();
    const robin = { id, name: "Robin", owner: false, sections: [2], avatar: null, createdAt: rig.clock.now() };
    expect([made.statusCode, made.json()]).toEqual([201, robin]);
    expect((await ask("GET", `/api/v1/accounts/${id}`)).json()).toEqual(robin);
    expect((await ask("GET", "/api/v1/accounts")).json()).toEqual({
      accounts: [expect.objectContaining({ id: 1, name: "Owner", owner: true, sections: "all" }), robin],
    });
    const changed = await ask("PATCH", `/api/v1/accounts/${id}`, {
      sections: "all",
      avatar: "https://example.org/a.png",
    });
    expect(changed.json()).toEqual({ ...robin, sections: "all", avatar: "https://example.org/a.png" });
    expect((await ask("PATCH", `/api/v1/accounts/${id}`, {})).json()).toEqual(changed.json());
    expect((await ask("DELETE", `/api/v1/accounts/${id}`)).statusCode).toBe(204);
    expect((await ask("GET", `/api/v1/accounts/${id}`)).statusCode).toBe(404);
  });

  test("keeps a picture, shows it to its account and the owner, and gives it a new address when it changes", async () => {
    const { id, avatar } = (await ask("POST", "/api/v1/accounts", { name: "Robin", avatar: asData(png) })).json();
    expect(avatar).toMatch(new RegExp(`^/api/v1/accounts/${id}/avatar\\?v=[0-9a-f]{12}$`));
    const shown = await ask("GET", avatar);
    expect([shown.statusCode, shown.headers["content-type"], shown.rawPayload]).toEqual([200, "image/png", png]);
    const { token } = await rig.accounts.tokens.create(id, "phone");
    expect((await ask("GET", avatar, undefined, { token })).statusCode).toBe(200);
    const kim = await rig.accounts.add({ name: "Kim" });
    const kims = await rig.accounts.tokens.create(kim.id, "phone");
    expect((await ask("GET", avatar, undefined, { token: kims.token })).statusCode).toBe(404);
    // What was read can be written again.
    expect((await ask("PATCH", `/api/v1/accounts/${id}`, { avatar })).json().avatar).toBe(avatar);
    const other = await ask("PATCH", `/api/v1/accounts/${id}`, { avatar: asData(Buffer.concat([png, png])) });
    expect(other.json().avatar).not.toBe(avatar);
    expect((await ask("PATCH", `/api/v1/accounts/${id}`, { avatar: null })).json().avatar).toBeNull();
    expect((await ask("GET", avatar)).statusCode).toBe(404);
  });

  test.each([
    [{}, "name"],
    [{ name: "" }, "name"],
    [{ name: "x".repeat(101) }, "name"],
    [{ name: "a\u001b[2J" }, "name"],
    [{ name: "evil\u202etxt" }, "name"],
    [{ name: "Owner" }, "name"],
    [{ name: "Robin", sections: "some" }, "sections"],
    [{ name: "Robin", sections: [3] }, "sections"],
    [{ name: "Robin", sections: [1.5] }, "sections"],
    [{ name: "Robin", admin: true }, "admin"],
    [{ name: "Robin", avatar: "javascript:alert(1)" }, "avatar"],
    [{ name: "Robin", avatar: "https://user:secret@example.org/" }, "avatar"],
    [{ name: "Robin", avatar: `https://example.org/${"x".repeat(2_048)}` }, "avatar"],
    [{ name: "Robin", avatar: asData(Buffer.from("<svg/>"), "image/svg+xml") }, "avatar"],
    [[], "body"],
  ])("refuses what is no account, and names what is wrong: %j, %s", async (body, what) => {
    const answer = await ask("POST", "/api/v1/accounts", body);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, "REELAY_INVALID_PARAMETER"]);
    expect(answer.json().error.detail).toContain(what);
    expect(rig.accounts.list()).toHaveLength(1);
  });

  test("takes the largest picture there may be, and one KiB more is refused", async () => {
    const largest = Buffer.concat([png, Buffer.alloc(262_144 - png.length)]);
    expect((await ask("POST", "/api/v1/accounts", { name: "Robin", avatar: asData(largest) })).statusCode).toBe(201);
    const more = Buffer.concat([largest, Buffer.alloc(1_024)]);
    expect((await ask("POST", "/api/v1/accounts", { name: "Kim", avatar: asData(more) })).statusCode).toBe(400);
  });

  test("keeps a section that is gone, so that what was read can be written again", async () => {
    const { id } = await rig.accounts.add({ name: "Robin", sections: new Set([1, 7]) });
    expect((await ask("PATCH", `/api/v1/accounts/${id}`, { sections: [1, 2, 7] })).json().sections).toEqual([1, 2, 7]);
    expect((await ask("PATCH", `/api/v1/accounts/${id}`, { sections: [1, 8] })).statusCode).toBe(400);
  });
});

describe("tokens", () => {
  test("of an account are made, listed by name and last use, and revoked", async () => {
    const { id } = await rig.accounts.add({ name: "Robin" });
    const made = await ask("POST", `/api/v1/accounts/${id}/tokens`, { name: " phone " });
    const { token, ...info } = made.json();
    expect([made.statusCode, made.headers["cache-control"], info]).toEqual([
      201,
      "no-store",
      {
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        kind: "token",
        name: "phone",
        accountId: id,
        createdAt: rig.clock.now(),
      },
    ]);
    rig.accounts.tokens.authenticate(token);
    const list = await ask("GET", `/api/v1/accounts/${id}/tokens`);
    expect(list.json()).toEqual({ tokens: [{ ...info, lastUsedAt: rig.clock.now() }] });
    expect(list.body).not.toContain(token);
    expect((await ask("DELETE", `/api/v1/accounts/1/tokens/${info.id}`)).statusCode).toBe(404);
    expect((await ask("DELETE", `/api/v1/accounts/${id}/tokens/${info.id}`)).statusCode).toBe(204);
    expect((await ask("GET", "/identity", undefined, { token })).statusCode).toBe(401);
    expect((await ask("POST", "/api/v1/accounts/77/tokens", { name: "phone" })).statusCode).toBe(404);
    expect((await ask("GET", "/api/v1/accounts/77/tokens")).statusCode).toBe(404);
  });

  test("of the owner are made, listed and revoked; bad input is refused", async () => {
    const made = (await ask("POST", "/api/v1/tokens", { name: "tablet" })).json();
    expect((await ask("GET", "/api/v1/tokens")).json()).toEqual({
      tokens: [expect.objectContaining({ id: made.id, name: "tablet", accountId: 1 })],
    });
    for (const body of [{}, { name: "" }, { name: "x".repeat(101) }, { name: "x", admin: true }, []]) {
      expect((await ask("POST", "/api/v1/tokens", body)).headers["x-reelay-error"]).toBe("REELAY_INVALID_PARAMETER");
    }
    expect((await ask("DELETE", "/api/v1/tokens/nonsense")).statusCode).toBe(400);
    expect((await ask("DELETE", `/api/v1/tokens/${made.id}`)).statusCode).toBe(204);
    expect((await ask("DELETE", `/api/v1/tokens/${made.id}`)).statusCode).toBe(404);
    expect((await ask("GET", "/api/v1/tokens", undefined, { token: made.token })).statusCode).toBe(401);
  });
});

test("all of it is the owner's alone, and in the description of the API", async () => {
  const { id } = await rig.accounts.add({ name: "Robin" });
  const { token, info } = await rig.accounts.tokens.create(id, "phone");
  const { paths } = (await ask("GET", "/api/v1/openapi.json")).json();
  const tried: string[] = [];
  for (const [path, operations] of Object.entries(paths as Record<string, Record<string, { description: string }>>)) {
    for (const [method, { description }] of Object.entries(operations)) {
      if (description !== "For the owner.") continue;
      const url = path.replace("{id}", path.startsWith("/api/v1/tokens") ? info.id : String(id));
      const name = method.toUpperCase() as Method;
      const answer = await ask(name, url.replace("{tokenId}", info.id), { name: "x" }, { token });
      tried.push(`${name} ${path} ${answer.statusCode}`);
    }
  }
  expect(tried).toEqual(
    [
      "GET /api/v1/accounts",
      "POST /api/v1/accounts",
      "GET /api/v1/accounts/{id}",
      "PATCH /api/v1/accounts/{id}",
      "DELETE /api/v1/accounts/{id}",
      "GET /api/v1/accounts/{id}/tokens",
      "POST /api/v1/accounts/{id}/tokens",
      "DELETE /api/v1/accounts/{id}/tokens/{tokenId}",
      "GET /api/v1/devices",
      "GET /api/v1/tokens",
      "POST /api/v1/tokens",
      "DELETE /api/v1/tokens/{id}",
    ].map((address) => `${address} 403`),
  );
  for (const url of ["/accounts", "/accounts/1", "/devices"]) {
    expect((await ask("GET", url, undefined, { token })).statusCode).toBe(403);
  }
  expect(rig.accounts.list()).toHaveLength(2);
});

describe("as Plex shapes them", () => {
  test("/accounts", async () => {
    const { id } = await rig.accounts.add({
      name: "Robin & Kim",
      avatar: { kind: "url", url: "https://example.org/a" },
    });
    const xml = await ask("GET", "/accounts", undefined, { headers: { accept: "*/*" } });
    const plain = {
      defaultAudioLanguage: "en",
      autoSelectAudio: "1",
      defaultSubtitleLanguage: "en",
      subtitleMode: "1",
    };
    expect(parseMediaContainerXml(xml.body)).toMatchObject({
      ok: true,
      value: {
        container: {
          size: "3",
          identifier: "com.plexapp.system.accounts",
          Account: [
            { id: "0", key: "/accounts/0", name: "", ...plain, thumb: "" },
            { id: "1", key: "/accounts/1", name: "Owner", ...plain, thumb: "" },
            { id: String(id), key: `/accounts/${id}`, name: "Robin & Kim", ...plain, thumb: "https://example.org/a" },
          ],
        },
      },
    });
    const [account] = (await ask("GET", `/accounts/${id}`)).json().MediaContainer.Account;
    expect(account).toEqual({
      ...{ id, key: `/accounts/${id}`, name: "Robin & Kim", defaultAudioLanguage: "en", autoSelectAudio: true },
      ...{ defaultSubtitleLanguage: "en", subtitleMode: 1, thumb: "https://example.org/a" },
    });
    expect((await ask("GET", "/accounts/0")).json().MediaContainer.Account).toHaveLength(1);
    expect((await ask("GET", "/accounts/77")).statusCode).toBe(404);
    expect((await ask("GET", "/accounts/x")).statusCode).toBe(400);
  });

  test("/devices, a page at a time", async () => {
    for (const name of ["one", "two", "three"]) {
      await ask("GET", "/identity?X-Plex-Platform=Android", undefined, {
        headers: { "x-plex-client-identifier": name, "x-plex-device-name": `Device ${name}` },
      });
    }
    // Nobody waits for what is noted of a device, but it comes in its turn.
    await rig.database.transaction(() => undefined);
    const answer = await ask("GET", "/devices", undefined, {
      headers: { "x-plex-container-start": "1", "x-plex-container-size": "1" },
    });
    expect(answer.json().MediaContainer).toEqual({
      ...{ size: 1, totalSize: 3, offset: 1, identifier: "com.plexapp.system.devices" },
      Device: [
        {
          id: expect.any(Number),
          name: "Device two",
          platform: "Android",
          clientIdentifier: "two",
          createdAt: Math.floor(rig.clock.now() / 1_000),
        },
      ],
    });
    expect((await ask("GET", "/devices?X-Plex-Container-Size=x")).statusCode).toBe(400);
    const { totalSize, devices } = (await ask("GET", "/api/v1/devices?start=2")).json();
    expect([totalSize, devices.map((device: { name: string }) => device.name)]).toEqual([3, ["Device three"]]);
  });
});
