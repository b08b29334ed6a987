import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../server.ts";
import type { RunningServer } from "../server-options.ts";
import { createLogger } from "../support/index.ts";
import { main } from "./index.ts";
import { TestTerminal } from "./testing.ts";

const TOKEN = "token-of-the-owner";

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-cli-hooks-"));
  server = await startServer({
    ...{ dataDir: folder, host: "127.0.0.1", port: 0, token: TOKEN, durability: "normal", numericIds: false },
    ...{ maxStreams: 10, hostNames: [], sections: [], log: createLogger("silent") },
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const { id } of await hooks()) await reelay("hooks", "remove", String(id));
});

async function reelay(...argv: readonly string[]) {
  const terminal = new TestTerminal({ HOME: folder });
  const code = await main([...argv, "--url", server.url, "--token", TOKEN], terminal);
  return { code, out: terminal.printed, errors: terminal.complained };
}

/** As the API has them, which is what matters in the end. */
async function hooks(): Promise<readonly Record<string, unknown>[]> {
  const answer = await fetch(`${server.url}/api/v1/hooks`, {
    headers: { "x-plex-token": TOKEN, accept: "application/json" },
  });
  return ((await answer.json()) as { hooks: Record<string, unknown>[] }).hooks;
}

test("a hook is added, shown, listed, changed, switched off and on, and removed", async () => {
  const added = await reelay(
    ...["hooks", "add", "http://192.168.1.5:1880/plex", "--event", "media.play,media.pause"],
    ...["--player", "Living Room TV", "--local", "--type", "movie,episode", "--for", "automation"],
    ...["--header", "Authorization: Bearer abc", "--description", "Lights"],
  );
  const [hook] = await hooks();
  const { id } = hook as { id: string };
  expect(added).toEqual({
    code: 0,
    out: [expect.stringMatching(/^whsec_\S{32}$/)],
    errors: [`The hook ${id} (Lights) is added. Its signing secret, shown only this once:`],
  });
  expect(hook).toMatchObject({
    url: "http://192.168.1.5:1880/plex",
    events: ["media.play", "media.pause"],
    filter: { player: "Living Room TV", local: true, type: ["movie", "episode"] },
    headers: { Authorization: "***" },
    maxAge: { live: 30_000, record: 30_000 },
    latestOnly: true,
    settleMs: 1_500,
  });
  expect((await reelay("hooks", "list")).out).toEqual([
    `${id}  enabled  http://192.168.1.5:1880/plex  media.play,media.pause  Lights`,
  ]);
  expect((await reelay("hooks", "show", "Lights")).out).toEqual([
    `id           ${id}`,
    "account      1",
    "state        enabled",
    "to           http://192.168.1.5:1880/plex",
    "description  Lights",
    "events       media.play, media.pause",
    'filter       {"player":"Living Room TV","local":true,"type":["movie","episode"]}',
    "format       plex, with pictures",
    "header       Authorization: ***",
    `secret       whsec_…${added.out[0]?.slice(-4)}`,
    "max age      30s for live events, 30s for records",
    "latest only  yes",
    "settle       1500ms",
  ]);
  const edited = await reelay(
    ...[
      "hooks",
      "edit",
      "Lights",
      "--event",
      "media.*",
      "--player",
      "Sofa",
      "--player",
      "Attic",
      "--max-age-record",
      "none",
    ],
    ...["--header", "X-Room: 2", "--no-latest-only", "--settle", "2s", "--no-thumb"],
  );
  expect(edited.code).toBe(0);
  expect((await hooks())[0]).toMatchObject({
    events: ["media.pause", "media.play", "media.rate", "media.resume", "media.scrobble", "media.stop"],
    filter: { player: ["Sofa", "Attic"], local: true, type: ["movie", "episode"] },
    headers: { Authorization: "***", "X-Room": "***" },
    maxAge: { live: 30_000, record: null },
    ...{ latestOnly: false, settleMs: 2_000, thumb: false },
  });
  await reelay(
    "hooks",
    "edit",
    id,
    "--header",
    "authorization:",
    "--event",
    "all",
    "--filter",
    "{}",
    "--to",
    "http://10.0.0.9/",
  );
  expect((await hooks())[0]).toMatchObject({
    ...{ url: "http://10.0.0.9/", events: [], filter: {}, headers: { "X-Room": "***" } },
  });
  expect((await reelay("hooks", "disable", "http://10.0.0.9/")).out).toEqual([`The hook ${id} (Lights) is disabled.`]);
  expect((await reelay("hooks", "list")).out).toEqual([expect.stringContaining(`${id}  disabled  `)]);
  expect((await reelay("hooks", "enable", id)).out).toEqual([`The hook ${id} (Lights) is enabled.`]);
  expect((await reelay("hooks", "remove", id)).out).toEqual([`The hook ${id} (Lights) is removed.`]);
  const none = "There is no hook yet: `reelay hooks add --help` says how to add one.";
  expect(await reelay("hooks", "list")).toEqual({ code: 0, out: [], errors: [none] });
});

test("a custom request comes from options or a file", async () => {
  const template = join(folder, "body.json");
  await writeFile(template, '{"text":"{{Metadata.title}}"}');
  await reelay(
    ...["hooks", "add", "http://10.0.0.9/{{event}}", "--format", "custom", "--method", "put", "--body", `@${template}`],
    ...["--header", "Content-Type: application/json", "--disabled", "--min-duration", "20m", "--remote"],
  );
  expect((await hooks())[0]).toMatchObject({
    format: "custom",
    custom: { method: "PUT", body: '{"text":"{{Metadata.title}}"}' },
    filter: { minDuration: 1_200_000, local: false },
    enabled: false,
  });
  await reelay("hooks", "edit", "http://10.0.0.9/{{event}}", "--method", "post");
  expect((await hooks())[0]).toMatchObject({ custom: { method: "POST", body: '{"text":"{{Metadata.title}}"}' } });
});

test("a new hook without an authority of its own has none", async () => {
  expect((await reelay("hooks", "add", "http://10.0.0.9/", "--ca", "none")).code).toBe(0);
  expect((await hooks())[0]).not.toHaveProperty("ca");
});

test("a secret is rotated, and printed alone", async () => {
  const first = (await reelay("hooks", "add", "http://10.0.0.9/")).out[0] ?? "";
  const rotated = await reelay("hooks", "rotate-secret", "http://10.0.0.9/");
  expect(rotated.out).toEqual([expect.stringMatching(/^whsec_\S{32}$/)]);
  expect(rotated.out).not.toEqual([first]);
  const shown = async () =>
    (await reelay("hooks", "show", "http://10.0.0.9/")).out.filter((line) => /^secret/.test(line));
  expect(await shown()).toEqual([
    `secret   whsec_…${rotated.out[0]?.slice(-4)}`,
    expect.stringContaining(`whsec_…${first.slice(-4)}, valid besides it until `),
  ]);
  await reelay("hooks", "rotate-secret", "http://10.0.0.9/", "--keep-old", "none");
  expect(await shown()).toHaveLength(1);
});

describe("what is not understood fails and says why:", () => {
  test.each<[readonly string[], RegExp]>([
    [["add", "nowhere"], /It is no address such as.*\(REELAY_HOOK_URL_REFUSED\)/],
    [
      ["add", "http://10.0.0.9/", "--event", "media.plai"],
      /events.0.*received "media\.plai" \(did you mean media\.play\?\).*\(REELAY_INVALID_PARAMETER\)/,
    ],
    [["add", "http://10.0.0.9/", "--event", "music.*"], /--event: music\.\* fits none of library\.on\.deck/],
    [["add", "http://10.0.0.9/", "--event", ""], /--event: it is empty; say all, or some of library\.on\.deck/],
    [["add", "http://10.0.0.9/", "--local", "--remote"], /--local and --remote: no player is both/],
    [["add", "http://10.0.0.9/", "--max-age-live", "soon"], /--max-age-live: "soon" is no time/],
    [["add", "http://10.0.0.9/{{event}}"], /url \(body\): \{\{…\}\} belongs to the format custom/],
    [["add", "http://10.0.0.9/", "--header", "X-T: {{event}}"], /headers\.X-T.*belongs to the format custom/],
    [
      ["add", "http://10.0.0.9/", "--format", "custom", "--body", "{{metadata.title}}"],
      /custom\.body \(body\): \{\{metadata\.title\}\}: no payload has metadata \(did you mean Metadata\?\)/,
    ],
    [
      ["add", "http://10.0.0.9/", "--settle", "30s", "--max-age", "30s"],
      /settleMs \(body\): what is held back for 30000 ms/,
    ],
    [["add", "http://10.0.0.9/", "--settle", "2"], /--settle: "2" is no time such as 1500ms/],
    [["add", "http://10.0.0.9/", "--filter", "[1]"], /--filter: it is no JSON object/],
    [["add", "http://10.0.0.9/", "--filter", '{"plaier":"x"}'], /did you mean player/],
    [["add", "http://10.0.0.9/", "--header", "nothing"], /--header: "nothing" is no header/],
    [["add", "http://10.0.0.9/", "--format", "json", "--body", "x"], /they belong to --format custom/],
    [["add", "http://10.0.0.9/", "--ca", "/nowhere.pem"], /--ca: ENOENT/],
    [["add", "http://10.0.0.9/", "--type", "film"], /The filter.s type must be a kind of item/],
    [["show", "nothing"], /There is no hook "nothing".*\(REELAY_NOT_FOUND\)/],
  ])("%j", async (argv, message) => {
    const { code, out, errors } = await reelay("hooks", ...argv);
    expect([code, out]).toEqual([1, []]);
    expect(errors).toEqual([expect.stringMatching(message)]);
  });

  test("a name that two have", async () => {
    for (let count = 0; count < 2; count++) await reelay("hooks", "add", "http://10.0.0.9/");
    expect((await reelay("hooks", "remove", "http://10.0.0.9/")).errors).toEqual([
      expect.stringMatching(/Several hooks are "http:\/\/10\.0\.0\.9\/": hook_\w+, hook_\w+\./),
    ]);
  });

  test.each([[["remove", ""]], [["edit", " ", "--for", "records"]], [["deliveries", "--hook", ""]]])(
    "a name that is empty, which is no hook without a description: %j",
    async (argv) => {
      await reelay("hooks", "add", "http://10.0.0.9/");
      const { code, errors } = await reelay("hooks", ...argv);
      expect([code, errors]).toEqual([1, [expect.stringContaining("The name of the hook is empty")]]);
      expect(await hooks()).toHaveLength(1);
    },
  );

  test("a purpose that is none", async () => {
    expect((await reelay("hooks", "add", "http://10.0.0.9/", "--for", "fun")).code).toBe(2);
  });
});

describe("a test", () => {
  test("says what the receiver answers, and what a template did not find", async () => {
    let status = 204;
    const receiver = createServer((request, response) => {
      request.resume().once("end", () => response.writeHead(status).end());
    });
    await once(receiver.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    await reelay("hooks", "add", `${url}{{Metadata.title}}`, "--format", "custom", "--description", "Lamp");
    const id = String((await hooks())[0]?.id);
    const tried = await reelay("hooks", "test", "Lamp", "--event", "device.new");
    expect([tried.code, tried.errors, tried.out]).toEqual([
      0,
      ["The payload has nothing at Metadata.title."],
      [expect.stringMatching(`^device\\.new was delivered to ${id} \\(Lamp\\): 204 in \\d+ ms\\.$`)],
    ]);
    status = 500;
    const failed = await reelay("hooks", "test", id, "--event", "admin.database.backup");
    expect([failed.code, failed.out, failed.errors.at(-1)]).toEqual([
      1,
      [],
      `admin.database.backup was not delivered to ${id} (Lamp): it answered 500 (REELAY_DELIVERY_STATUS).`,
    ]);
    receiver.closeAllConnections();
    receiver.close();
    await once(receiver, "close");
    const refused = await reelay("hooks", "test", id, "--event", "admin.database.backup");
    expect([refused.code, refused.errors.at(-1)]).toEqual([
      1,
      expect.stringContaining("(REELAY_DELIVERY_UNREACHABLE)"),
    ]);
  });
});
