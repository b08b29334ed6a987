import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ReelayError } from "../support/index.ts";
import { hookLimits } from "./hook-limits.ts";
import { MASK, type NewHook } from "./hook-settings.ts";
import { type HooksRig, hooksRig, MEMBER, OWNER } from "./testing/hooks-rig.ts";

const DAY_MS = 86_400_000;

let rig: HooksRig;
beforeEach(async () => {
  rig = await hooksRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const urls = (accountId: number) =>
  rig.hooks
    .list()
    .filter((hook) => hook.accountId === accountId)
    .map((hook) => hook.url);

test("a hook that says only where has the defaults, and outlasts a restart", async () => {
  const { hook, secret } = await rig.hooks.add(OWNER, { url: "http://192.168.1.5:8123/plex" });
  expect(hook).toEqual({
    id: expect.stringMatching(/^hook_[0-9a-f]{16}$/),
    accountId: OWNER,
    description: "",
    url: "http://192.168.1.5:8123/plex",
    events: [],
    filter: {},
    format: "plex",
    thumb: true,
    headers: {},
    secrets: [secret],
    maxAge: { live: 300_000, record: 3 * DAY_MS },
    latestOnly: false,
    settleMs: 0,
    enabled: true,
    createdAt: rig.clock.now(),
    updatedAt: rig.clock.now(),
  });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  await rig.restart();
  expect(rig.hooks.list()).toEqual([hook]);
});

test("a hook with everything is kept as it is; presets are defaults that what is set goes before", async () => {
  const everything: NewHook = {
    url: "https://example.org/{{event}}?t={{Metadata.title}}",
    description: "The lamp",
    events: ["media.play", "media.stop"],
    filter: { player: "Sofa", local: true, not: { type: "track" } },
    format: "custom",
    custom: { method: "PUT", body: '{"title":"{{Metadata.title}}"}' },
    headers: { "Content-Type": "application/json", Authorization: "Bearer abc" },
    preset: "automation",
    settleMs: 0,
    enabled: false,
  };
  const { hook } = await rig.hooks.add(OWNER, everything);
  expect(hook).toMatchObject({
    ...{ url: everything.url, events: everything.events, filter: everything.filter, custom: everything.custom },
    ...{ headers: everything.headers, maxAge: { live: 30_000, record: 30_000 }, latestOnly: true, settleMs: 0 },
    ...{ enabled: false, disabledReason: "by-hand", thumb: false },
  });
  await rig.restart();
  expect(rig.hooks.get(hook.id)).toEqual(hook);
  const records = await rig.hooks.add(OWNER, { url: "https://example.org/", preset: "records" });
  expect(records.hook).toMatchObject({ maxAge: { live: null, record: null }, latestOnly: false, settleMs: 0 });
});

test("what lets one in is in no file in plain words", async () => {
  await rig.hooks.add(OWNER, {
    url: "https://example.org/very-private-path",
    headers: { Authorization: "Bearer very-private-token" },
    secret: "whsec_dmVyeS1wcml2YXRlLXNlY3JldC1vZi1ob29r",
  });
  await rig.restart();
  for (const name of readdirSync(rig.folder)) {
    const content = readFileSync(join(rig.folder, name), "latin1");
    for (const secret of ["very-private", "dmVyeS1w"]) expect(content.includes(secret), name).toBe(false);
  }
});

describe("a change", () => {
  test("leaves what is left out, and a masked header keeps its value", async () => {
    const { hook } = await rig.hooks.add(OWNER, {
      url: "https://example.org/",
      headers: { Authorization: "Bearer abc", "X-Room": "1" },
      maxAge: { live: 60_000 },
    });
    rig.clock.advance(5);
    const changed = await rig.hooks.change(hook.id, {
      description: "Living room",
      headers: { authorization: MASK, "X-Room": "2" },
      maxAge: { record: null },
    });
    expect(changed).toEqual({
      ...hook,
      description: "Living room",
      headers: { authorization: "Bearer abc", "X-Room": "2" },
      maxAge: { live: 60_000, record: null },
      updatedAt: hook.updatedAt + 5,
    });
    await expect(rig.hooks.change(hook.id, { headers: { "X-New": MASK } })).rejects.toThrow("no value to keep");
    await rig.restart();
    expect(rig.hooks.get(hook.id)).toEqual(changed);
  });

  test("of two at the same moment, each is kept", async () => {
    const { hook } = await rig.hooks.add(OWNER, { url: "https://example.org/" });
    await Promise.all([rig.hooks.change(hook.id, { settleMs: 7 }), rig.hooks.change(hook.id, { description: "both" })]);
    expect(rig.hooks.get(hook.id)).toMatchObject({ settleMs: 7, description: "both" });
  });

  test("of the format brings and takes the custom request with it", async () => {
    const { hook } = await rig.hooks.add(OWNER, { url: "https://example.org/" });
    const custom = await rig.hooks.change(hook.id, { format: "custom", custom: { method: "GET", body: "" } });
    expect(custom.custom).toEqual({ method: "GET", body: "" });
    expect(await rig.hooks.change(hook.id, { format: "json" })).not.toHaveProperty("custom");
    await expect(rig.hooks.change(hook.id, { custom: { method: "GET", body: "" } })).rejects.toThrow(
      "it belongs to the format custom",
    );
  });
});

test("listeners are told after a hook is added, changed, disabled, enabled or removed, until they end it", async () => {
  const told: string[] = [];
  const end = rig.hooks.onChange((id) => {
    const hook = rig.hooks.get(id);
    told.push(hook === undefined ? "removed" : `${hook.description}${hook.enabled ? "" : " off"}`);
  });
  const { hook } = await rig.hooks.add(OWNER, { url: "https://example.org/", description: "a" });
  await rig.hooks.change(hook.id, { description: "b" });
  await rig.hooks.disable(hook.id, "gone");
  await rig.hooks.change(hook.id, { enabled: true });
  await rig.hooks.remove(hook.id);
  end();
  await rig.hooks.add(OWNER, { url: "https://example.org/" });
  expect(told).toEqual(["a", "b", "b off", "b", "removed"]);
  await expect(rig.hooks.remove(hook.id)).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
});

test("a hook that is disabled for its failures is told to its account, once; enabled again it begins anew", async () => {
  const { hook } = await rig.hooks.add(MEMBER, { url: "https://example.org/private", description: "" });
  await rig.hooks.failing(hook.id, 1_000);
  expect(rig.hooks.get(hook.id)?.failingSince).toBe(1_000);
  await rig.hooks.disable(hook.id, "failing");
  await rig.hooks.disable(hook.id, "gone");
  expect(rig.hooks.get(hook.id)).toMatchObject({ enabled: false, disabledReason: "failing", failingSince: 1_000 });
  const told = await rig.events();
  expect(told).toEqual([
    expect.objectContaining({
      type: "status.announced",
      audience: { kind: "account", accountId: MEMBER },
      facts: {
        title: "Webhook disabled",
        description: "The webhook to example.org was disabled: it has failed for days.",
        notificationName: "WEBHOOK_DISABLED",
      },
    }),
  ]);
  const again = await rig.hooks.change(hook.id, { enabled: true });
  expect(again).not.toHaveProperty("failingSince");
  expect(again).not.toHaveProperty("disabledReason");
  await rig.restart();
  expect(rig.hooks.get(hook.id)).toEqual(again);
  await rig.hooks.failing(hook.id, 2_000);
  await rig.hooks.failing(hook.id, null);
  await rig.hooks.failing("hook_gone", 1);
  expect(rig.hooks.get(hook.id)).not.toHaveProperty("failingSince");
});

test("a new secret is valid besides the old one for a while; of three, two", async () => {
  const { hook, secret: first } = await rig.hooks.add(OWNER, { url: "https://example.org/" });
  const { secret: second } = await rig.hooks.rotateSecret(hook.id, DAY_MS);
  expect(rig.hooks.get(hook.id)).toMatchObject({ secrets: [second, first], oldSecretUntil: rig.clock.now() + DAY_MS });
  const { secret: third } = await rig.hooks.rotateSecret(hook.id, DAY_MS);
  expect(rig.hooks.get(hook.id)?.secrets).toEqual([third, second]);
  const { secret: fourth, hook: ended } = await rig.hooks.rotateSecret(hook.id, 0);
  expect(ended.secrets).toEqual([fourth]);
  expect(ended).not.toHaveProperty("oldSecretUntil");
  expect(new Set([first, second, third, fourth]).size).toBe(4);
});

test("a hook that would be refused today can still be switched off, and not on", async () => {
  const { hook } = await rig.hooks.add(OWNER, { url: "https://example.org/" });
  await rig.database.transaction((tx) => {
    tx.run("UPDATE hooks SET settings = json_set(settings, '$.settleMs', 600000)");
  });
  await rig.restart();
  expect(await rig.hooks.change(hook.id, { enabled: false })).toMatchObject({ enabled: false });
  await expect(rig.hooks.change(hook.id, { enabled: true })).rejects.toThrow("settleMs");
});

describe("with another key", () => {
  test("hooks are there and say that they cannot be read; with the right one they are as they were", async () => {
    const { hook } = await rig.hooks.add(OWNER, { url: "https://example.org/", headers: { "X-A": "1" } });
    const key = join(rig.folder, "secret.key");
    renameSync(key, `${key}.away`);
    await rig.restart("another key of enough length");
    const { url, headers, secrets, ...rest } = hook;
    const unreadable = { ...rest, url: "", headers: {}, secrets: [], unreadable: true };
    expect(rig.hooks.list()).toEqual([unreadable]);

    // What needs no secret can be done; what would overwrite one cannot.
    await rig.hooks.change(hook.id, { description: "still here" });
    await rig.hooks.disable(hook.id, "by-hand");
    for (const change of [{ url: "https://example.com/" }, { headers: {} }, { ca: null }]) {
      await expect(rig.hooks.change(hook.id, change)).rejects.toMatchObject({ code: "REELAY_SECRET_UNREADABLE" });
    }
    await expect(rig.hooks.rotateSecret(hook.id, 0)).rejects.toMatchObject({ code: "REELAY_SECRET_UNREADABLE" });
    // Nor does a Plex client remove what it cannot know.
    await rig.hooks.replace(OWNER, ["https://example.com/new"]);
    expect(urls(OWNER)).toEqual(["", "https://example.com/new"]);

    rmSync(key, { force: true });
    renameSync(`${key}.away`, key);
    await rig.restart("another key of enough length");
    expect(rig.hooks.get(hook.id)).toEqual({
      ...{ ...hook, description: "still here", enabled: false, disabledReason: "by-hand" },
      updatedAt: rig.clock.now(),
    });
    await rig.hooks.remove(hook.id);
    expect(urls(OWNER)).toEqual(["https://example.com/new"]);
  });
});

describe("Plex's own list", () => {
  test("replaces: what stays keeps its settings, what is left out goes, custom requests are none of it", async () => {
    const kept = await rig.hooks.add(OWNER, { url: "http://10.0.0.2/kept", format: "json", settleMs: 9 });
    await rig.hooks.add(OWNER, { url: "http://10.0.0.2/gone" });
    await rig.hooks.add(OWNER, { url: "http://10.0.0.2/{{event}}", format: "custom" });
    await rig.hooks.add(MEMBER, { url: "https://example.org/members" });
    await rig.hooks.replace(OWNER, ["http://10.0.0.2/new", "http://10.0.0.2/kept", "http://10.0.0.2/new"]);
    expect(urls(OWNER)).toEqual(["http://10.0.0.2/kept", "http://10.0.0.2/{{event}}", "http://10.0.0.2/new"]);
    expect(rig.hooks.get(kept.hook.id)).toEqual(kept.hook);
    const listed = urls(OWNER);
    await rig.restart();
    expect(urls(OWNER)).toEqual(listed);
    expect(urls(MEMBER)).toEqual(["https://example.org/members"]);
  });

  test("two hooks of one address both stay", async () => {
    for (const event of ["media.play", "media.stop"] as const) {
      await rig.hooks.add(OWNER, { url: "http://10.0.0.2/", events: [event] });
    }
    await rig.hooks.replace(OWNER, ["http://10.0.0.2/"]);
    expect(urls(OWNER)).toEqual(["http://10.0.0.2/", "http://10.0.0.2/"]);
  });

  test("changes nothing if one of them is refused", async () => {
    await rig.hooks.add(OWNER, { url: "http://10.0.0.2/before" });
    const replaced = rig.hooks.replace(OWNER, ["http://10.0.0.2/new", "ftp://10.0.0.2/"]);
    await expect(replaced).rejects.toMatchObject({ code: "REELAY_HOOK_URL_REFUSED" });
    expect(urls(OWNER)).toEqual(["http://10.0.0.2/before"]);
  });
});

describe("what is refused:", () => {
  const url = "https://example.org/";
  test.each<[string, NewHook, string]>([
    ["a header that is the client's", { url, headers: { Host: "x" } }, "headers.Host"],
    ["one in any case", { url, headers: { "transfer-ENCODING": "x" } }, "headers.transfer-ENCODING"],
    ["one that would pass for ours", { url, headers: { "Webhook-Id": "x" } }, "headers.Webhook-Id"],
    ["the format's content type", { url, headers: { "Content-Type": "x" } }, "headers.Content-Type"],
    ["a line break in a value", { url, headers: { "X-A": "1\r\nX-B: 2" } }, "headers.X-A"],
    ["no name", { url, headers: { "X A": "1" } }, "headers.X A"],
    ["a name twice", { url, headers: { "X-A": "1", "x-a": "2" } }, "headers.x-a"],
    ["a long value", { url, headers: { "X-A": "x".repeat(1_025) } }, "headers.X-A"],
    ["too many", { url, headers: Object.fromEntries([...Array(21)].map((_, i) => [`X-${i}`, ""])) }, "headers"],
    ["a blank in the address", { url: "https://example.org/a b" }, "url"],
    ["a line break in the address", { url: "https://exam\nple.org/" }, "url"],
    ["a backslash", { url: "https://example.org\\@10.0.0.1/" }, "url"],
    ["custom without its format", { url, custom: { method: "GET" } }, "custom"],
    ["a step up in a path that is filled in", { url: `${url}a/../{{event}}`, format: "custom" }, "url"],
    ["one that is encoded", { url: `${url}a/%2E%2e`, format: "custom" }, "url"],
    ["a placeholder in an address that is not filled in", { url: `${url}{{event}}` }, "url"],
    ["one in a header", { url, format: "json", headers: { "X-A": "{{event}}" } }, "headers.X-A"],
    ["a stop that is too old when it may go out", { url, settleMs: 5_000, maxAge: { live: 5_000 } }, "settleMs"],
  ])("%s", async (_what, input, field) => {
    const added = rig.hooks.add(OWNER, input);
    await expect(added).rejects.toMatchObject({
      code: "REELAY_INVALID_PARAMETER",
      detail: expect.stringContaining(`${field} (body)`),
    });
    expect(rig.hooks.list()).toEqual([]);
  });

  test.each([
    ["{{title}}", "{{title}}: no payload has title; what items have is under Metadata, such as Metadata.title"],
    ["{{metadata.title}}", "{{metadata.title}}: no payload has metadata (did you mean Metadata?)"],
    ["{{Account.name}}", "{{Account.name}}: Account has only id, thumb, title"],
    ["{{Player[0]}}", "{{Player[0]}}: Player has only local, publicAddress, title, uuid"],
    ["{{event.name}}", "{{event.name}}: event has no parts"],
    ["{{constructor}}", "{{constructor}}: no payload has constructor; what"],
  ])("a template whose path leads nowhere in any payload: %s", async (template, why) => {
    const places = {
      "custom.body": { url, format: "custom", custom: { body: template } },
      url: { url: `${url}?q=${template}`, format: "custom" },
      "headers.X-A": { url, format: "custom", headers: { "X-A": template } },
    } as const;
    for (const [field, input] of Object.entries(places)) {
      const detail = expect.stringContaining(`${field} (body): ${why}`);
      await expect(rig.hooks.add(OWNER, input)).rejects.toMatchObject({ code: "REELAY_INVALID_PARAMETER", detail });
    }
  });

  test("a member's request of its own, and one to the local network", async () => {
    const custom = rig.hooks.add(MEMBER, { url, format: "custom" });
    await expect(custom).rejects.toMatchObject({ code: "REELAY_FORBIDDEN" });
    const local = rig.hooks.add(MEMBER, { url: "http://192.168.1.1/" });
    await expect(local).rejects.toMatchObject({ code: "REELAY_HOOK_URL_REFUSED" });
  });

  test("one more than the account may have", async () => {
    for (let count = 0; count < hookLimits.membersHooks; count++) await rig.hooks.add(MEMBER, { url });
    const more = rig.hooks.add(MEMBER, { url });
    await expect(more).rejects.toThrow(new ReelayError("REELAY_HOOK_LIMIT", "An account may have 50 hooks."));
    await rig.hooks.add(OWNER, { url });
  });
});

test("dots that are no step of a path are taken", async () => {
  const url = "https://example.org/v1.2/.well-known/...?next=/../{{Metadata.title}}";
  await expect(rig.hooks.add(OWNER, { url, format: "custom" })).resolves.toMatchObject({ hook: { url } });
});

test("an account takes its hooks with it", async () => {
  await rig.hooks.add(OWNER, { url: "https://example.org/" });
  await rig.hooks.add(MEMBER, { url: "https://example.org/" });
  await rig.database.transaction((tx) => void tx.run("DELETE FROM accounts WHERE id = ?", MEMBER));
  rig.hooks.forgetAccount(MEMBER);
  expect(rig.hooks.list().map((hook) => hook.accountId)).toEqual([OWNER]);
  await rig.restart();
  expect(rig.hooks.list().map((hook) => hook.accountId)).toEqual([OWNER]);
});
