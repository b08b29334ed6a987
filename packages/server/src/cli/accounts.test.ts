import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer } from "../server.ts";
import type { RunningServer } from "../server-options.ts";
import { createLogger } from "../support/index.ts";
import { main } from "./index.ts";
import { TestTerminal } from "./testing.ts";

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-cli-accounts-"));
  server = await startServer({
    dataDir: folder,
    host: "127.0.0.1",
    port: 0,
    token: "token-of-the-owner",
    durability: "normal",
    numericIds: false,
    maxStreams: 10,
    hostNames: [],
    sections: [{ path: folder, name: "Films", type: "movie" }],
    log: createLogger("silent"),
  });
  await server.firstScanDone;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function reelay(...argv: readonly string[]) {
  const terminal = new TestTerminal({ HOME: folder });
  const code = await main([...argv, "--url", server.url, "--token", "token-of-the-owner"], terminal);
  return { code, out: terminal.printed, errors: terminal.complained };
}

const as = (token: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${server.url}${path}`, { headers: { "x-plex-token": token, accept: "application/json", ...headers } });

test("an account is added with sections by name, given a token, changed and removed", async () => {
  expect(await reelay("accounts", "add", "Robin", "--sections", "films")).toEqual({
    code: 0,
    out: ["Account 2, Robin: Films."],
    errors: ["`reelay token new --account 2` makes a token for it."],
  });
  const made = await reelay("token", "new", "her phone", "--account", "robin");
  const [token = ""] = made.out;
  expect(made.errors).toEqual(["A new token of Robin, shown only this once:"]);
  expect((await as(token, "/library/sections/1")).status).toBe(200);
  expect((await as(token, "/accounts")).status).toBe(403);

  expect((await reelay("token", "list", "--account", "2")).out).toEqual([
    expect.stringMatching(/^[0-9a-f]{16} {2}Robin {2}her phone {2}last used \d{4}-\d\d-\d\d \d\d:\d\d$/),
  ]);
  await writeFile(join(folder, "robin.png"), Buffer.from("\x89PNG\r\n\x1a\n…", "latin1"));
  const changed = await reelay("accounts", "set", "Robin", "--name", "Robyn", "--avatar", join(folder, "robin.png"));
  expect(changed.out).toEqual(["Account 2, Robyn: Films."]);
  const { avatar } = (await (await as("token-of-the-owner", "/api/v1/accounts/2")).json()) as { avatar: string };
  expect((await as(token, avatar)).headers.get("content-type")).toBe("image/png");
  expect((await reelay("accounts", "set", "2", "--sections", "", "--avatar", "none")).out).toEqual([
    "Account 2, Robyn: no section.",
  ]);
  expect((await as(token, "/library/sections/1")).status).toBe(404);
  expect((await reelay("accounts", "list")).out).toEqual(["1  Owner  all sections", "2  Robyn  no section"]);

  const [id = ""] = (await reelay("token", "list", "--account", "Robyn")).out[0]?.split(" ") ?? [];
  expect((await reelay("token", "revoke", id)).out).toEqual([`The token ${id} is revoked.`]);
  expect((await as(token, "/library/sections")).status).toBe(401);
  expect((await reelay("accounts", "remove", "Robyn")).out).toEqual(["Account 2, Robyn, is removed, with its tokens."]);
  expect((await reelay("accounts", "list")).out).toEqual(["1  Owner  all sections"]);
});

test.each([
  [["accounts", "add", "owner"], /there is an account Owner already\. \(REELAY_INVALID_PARAMETER\)/],
  [
    ["accounts", "add", "Kim", "--sections", "Shows"],
    /no section "Shows"; there are 1 \(Films\)\. \(REELAY_NOT_FOUND\)/,
  ],
  [["accounts", "add", "Kim", "--avatar", "/nowhere.png"], /--avatar: ENOENT.*\(REELAY_INVALID_PARAMETER\)/],
  [["accounts", "set", "Nobody", "--name", "x"], /no account "Nobody"; there are 1 \(Owner\)\. \(REELAY_NOT_FOUND\)/],
  [["accounts", "remove", "Owner"], /The owner cannot be removed\. \(REELAY_INVALID_PARAMETER\)/],
  [["token", "new", "--account", "Nobody"], /no account "Nobody".*\(REELAY_NOT_FOUND\)/],
  [["token", "revoke", "0123456789abcdef"], /no token with this id\. \(REELAY_NOT_FOUND\)/],
])("%j fails and says why", async (argv, message) => {
  const { code, out, errors } = await reelay(...argv);
  expect([code, out]).toEqual([1, []]);
  expect(errors).toEqual([expect.stringMatching(message)]);
});

test("players are listed by name, harmlessly", async () => {
  expect((await reelay("players")).out).toEqual([]);
  const named = (identifier: string, name: string) =>
    as("token-of-the-owner", `/library/sections?X-Plex-Device-Name=${encodeURIComponent(name)}`, {
      "x-plex-client-identifier": identifier,
      "x-plex-product": "A Player",
      "x-plex-platform": "Android",
    });
  await named("id-2", "Sofa\u001b[2J");
  await named("id-1", "Attic");
  await fetch(`${server.url}/identity`, { headers: { "x-plex-client-identifier": "nobody" } });
  const { out } = await reelay("players");
  expect(out.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "NOW"))).toEqual([
    "Attic          A Player, Android  last seen NOW  id-1",
    "Sofa\\u{1b}[2J  A Player, Android  last seen NOW  id-2",
  ]);
});

test("a sign-in link, or its code where there is no page, signs a browser in as the account, and it is listed", async () => {
  await reelay("accounts", "add", "Sam");
  const { code, out, errors } = await reelay("sign-in-link", "--account", "sam");
  expect([code, errors]).toEqual([0, [expect.stringMatching(/signs in Sam, once, within ten minutes:$/)]]);
  const [printed = ""] = out;
  const answer = await fetch(`${server.url}/api/v1/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "Firefox/1 (Linux)" },
    body: JSON.stringify({ code: printed.replace(/^.*#code=/, "") }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ name: "Sam", owner: false })]);
  expect((await reelay("token", "list", "--account", "sam")).out).toEqual([
    expect.stringMatching(/^[0-9a-f]{16} {2}Sam {2}Firefox on Linux {2}last used /),
  ]);
});
