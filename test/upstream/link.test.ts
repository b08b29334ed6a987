import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../packages/server/src/cli/main.ts";
import { plexLink } from "../../packages/server/src/cli/plex-link.ts";
import { requireToken } from "../../packages/server/src/cli/plex-token.ts";
import { TestTerminal } from "../../packages/server/src/cli/testing.ts";
import { upstreamOption } from "../../packages/server/src/cli/upstream-option.ts";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { REPOSITORY } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

interface PlexTvStandIn extends AsyncDisposable {
  readonly url: string;
  /** As a person does on its page. */
  enterCode(): void;
  /** Its codes have expired. */
  expire(): void;
  readonly asked: string[];
}

/** Answers as plex.tv's public API does: PINs, and the account's resources. */
async function plexTv(servers: readonly object[]): Promise<PlexTvStandIn> {
  let authToken: string | null = null;
  let isExpired = false;
  const asked: string[] = [];
  const pin = () => ({ id: 77, code: "QWXZ", product: "Reelay", trusted: false, expiresIn: 1800, authToken });
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://plex.tv");
    asked.push(`${request.method} ${pathname} ${request.headers["x-plex-token"] ?? "-"}`);
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers["x-plex-client-identifier"] === undefined) answer(400, { errors: [] });
    else if (pathname === "/api/v2/pins" && request.method === "POST") answer(201, pin());
    else if (pathname === "/api/v2/pins/77" && !isExpired) answer(200, pin());
    else if (pathname === "/api/v2/resources" && request.headers["x-plex-token"] === authToken) answer(200, servers);
    else answer(404, { errors: [{ code: 1020, message: "Code not found or expired", status: 404 }] });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    enterCode: () => {
      authToken = "token-of-the-account";
    },
    expire: () => {
      isExpired = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const resource = (name: string, { port, machineIdentifier, token }: PlexStandIn, more: object = {}) => ({
  ...{ name, product: "Plex Media Server", provides: "server", owned: true, accessToken: token },
  ...{ clientIdentifier: machineIdentifier, publicAddress: "203.0.113.7", httpsRequired: false, presence: true },
  connections: [
    // The first is of another network, the second nobody's: the name of its certificate cannot be found here.
    { protocol: "https", address: "203.0.113.7", port: 1, uri: "https://127.0.0.1:1", local: false, relay: false },
    { protocol: "https", address: "127.0.0.1", port, uri: `https://127.0.0.1:${port}`, local: true, relay: false },
  ],
  ...more,
});

test("a code, entered by a person, links the servers that answer, and their tokens are nobody else's to read", async () => {
  await using nas = await PlexStandIn.start({ token: "token-of-the-nas" });
  await using imposter = await PlexStandIn.start({ token: "token-of-the-attic" });
  imposter.machineIdentifier = "6".repeat(40);
  const attic = { ...resource("Attic", imposter), clientIdentifier: "7".repeat(40) };
  await using tv = await plexTv([{ name: "TV", provides: "player" }, resource("The NAS!", nas), attic]);
  await using folder = await temporaryFolder("link");
  const terminal = new TestTerminal({ REELAY_PLEX_TV: tv.url, REELAY_DATA: folder.path });
  const linking = plexLink({ pollMs: 1 }, terminal);
  expect(await terminal.line("QWXZ")).toContain(`${tv.url}/link`);
  tv.enterCode();
  expect(await linking).toBe(0);
  expect(terminal.printed.at(-1)?.trim()).toBe("reelay serve --plex the-nas");
  expect(terminal.complained.join()).toContain("Attic: none of its addresses answers");
  // Another server that answers at an address is not told this one's token.
  expect(JSON.stringify(imposter.asked)).not.toContain("token-of-the-attic");
  expect([...terminal.printed, ...terminal.complained].join("\n")).not.toContain("token-of");

  const path = join(folder.path, "plex-links.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const url = `http://127.0.0.1:${nas.port}`;
  const { machineIdentifier } = nas;
  const links = JSON.parse(readFileSync(path, "utf8"));
  expect(links.servers).toEqual([{ name: "the-nas", url, machineIdentifier, token: "token-of-the-nas" }]);

  // By its name, and by its address.
  for (const server of [{ name: "the-nas" }, { url }]) {
    const option = upstreamOption(server, folder.path, {});
    expect([option.url, await option.token()]).toEqual([url, "token-of-the-nas"]);
  }
  const option = upstreamOption({ name: "the-nas" }, folder.path, { REELAY_PLEX_TOKEN_THE_NAS: "another" });
  expect(await option.token()).toBe("another");
  expect(() => upstreamOption({ name: "attic" }, folder.path, {})).toThrow(/no server is linked as attic/);
});

test("a code that nobody enters expires, and nothing is linked", async () => {
  await using tv = await plexTv([]);
  await using folder = await temporaryFolder("link");
  const terminal = new TestTerminal({ REELAY_PLEX_TV: tv.url, REELAY_DATA: folder.path });
  const linking = plexLink({ pollMs: 1 }, terminal);
  await terminal.line("QWXZ");
  tv.expire();
  await expect(linking).rejects.toMatchObject({ code: "REELAY_PLEX_LINK_FAILED" });
});

test("without plex.tv the command says what else there is", async () => {
  await using folder = await temporaryFolder("link");
  const terminal = new TestTerminal({ REELAY_PLEX_TV: "http://127.0.0.1:1", REELAY_DATA: folder.path });
  expect(await main(["plex", "link"], terminal)).toBe(1);
  expect(terminal.complained.join()).toMatch(/REELAY_PLEX_LINK_FAILED[\s\S]*--plex/);
});

describe("a server without a token", () => {
  const at = (dataDir: string, url: string) => upstreamOption({ name: "nas", url }, dataDir, {});

  test("has one asked for at the terminal, tried, and kept where nobody else can read it", async () => {
    await using nas = await PlexStandIn.start({ token: "token-of-the-nas" });
    await using folder = await temporaryFolder("link");
    const terminal = new TestTerminal();
    terminal.secrets = ["", "wrong-token", " token-of-the-nas "];
    await requireToken(at(folder.path, nas.url), folder.path, terminal);
    expect(await at(folder.path, nas.url).token()).toBe("token-of-the-nas");
    expect(statSync(join(folder.path, "plex-links.json")).mode & 0o777).toBe(0o600);
    expect([...terminal.printed, ...terminal.complained].join("\n")).not.toContain("token-of-the-nas");
    // By its name alone, too; and not asked for again.
    await requireToken(upstreamOption({ name: "nas" }, folder.path, {}), folder.path, terminal);
    expect(terminal.asked).toHaveLength(3);
  });

  test("is refused with what to do where nobody can be asked, or three times nothing right is said", async () => {
    await using nas = await PlexStandIn.start();
    await using folder = await temporaryFolder("link");
    const terminal = new TestTerminal({ REELAY_DATA: folder.path });
    expect(await main(["serve", "--plex", `nas=${nas.url}`, "--port", "0"], terminal)).toBe(1);
    expect(terminal.complained.join()).toMatch(/reelay plex link[\s\S]*REELAY_PLEX_TOKEN_NAS/);
    terminal.secrets = ["a", "b", "c", "d"];
    await expect(requireToken(at(folder.path, nas.url), folder.path, terminal)).rejects.toMatchObject({
      code: "REELAY_CONFIG_INVALID",
    });
    expect(terminal.secrets).toEqual(["d"]);
  });

  test("is taken as it is where it asks for none, and where a token cannot be tried it is kept", async () => {
    await using nas = await PlexStandIn.start();
    nas.rest.set("/", { body: '{"MediaContainer":{"size":0}}' });
    nas.isOpen = true;
    await using folder = await temporaryFolder("link");
    const terminal = new TestTerminal();
    await requireToken(at(folder.path, nas.url), folder.path, terminal);
    const nobody = "http://127.0.0.1:1";
    terminal.secrets = ["token-for-later"];
    await requireToken(at(folder.path, nobody), folder.path, terminal);
    expect(await at(folder.path, nobody).token()).toBe("token-for-later");
    expect(terminal.printed.join()).toContain("could not be tried");
  });
});

describe("what is linked", () => {
  const kept = {
    clientIdentifier: "reelay-1",
    servers: [
      { name: "nas", url: "http://nas:32400", machineIdentifier: "5".repeat(40), token: "token-of-the-nas" },
      { name: "attic", url: "https://attic:32400", token: "token-of-the-attic" },
    ],
  };

  /** Runs commands on a data folder with these links. */
  async function linked(links: object | undefined, use: (run: Run, links: () => unknown) => Promise<void>) {
    await using folder = await temporaryFolder("link");
    const path = join(folder.path, "plex-links.json");
    if (links !== undefined) writeFileSync(path, JSON.stringify(links), { mode: 0o600 });
    const run: Run = async (...argv) => {
      const terminal = new TestTerminal({ REELAY_DATA: folder.path });
      const code = await main(["plex", ...argv], terminal);
      const { printed, complained } = terminal;
      expect([...printed, ...complained].join()).not.toContain("token-of");
      return { code, printed, complained: complained.join("\n") };
    };
    await use(run, () => JSON.parse(readFileSync(path, "utf8")));
  }
  type Run = (...argv: readonly string[]) => Promise<{ code: number; printed: string[]; complained: string }>;

  test("is listed by name and address, without tokens", async () => {
    await linked(kept, async (run) => {
      const { code, printed } = await run("list");
      expect([code, printed]).toEqual([
        0,
        ["nas    http://nas:32400     linked by a code", "attic  https://attic:32400  token typed in"],
      ]);
    });
    await linked(undefined, async (run) => {
      expect(await run("list")).toMatchObject({ code: 0, printed: [], complained: expect.stringMatching(/plex link/) });
    });
  });

  test("is unlinked by name: token and all, and this stays the same device at plex.tv", async () => {
    await linked(kept, async (run, links) => {
      const { code, printed } = await run("unlink", "nas");
      expect([code, printed[0]]).toEqual([0, "nas is unlinked."]);
      expect(links()).toEqual({ ...kept, servers: kept.servers.slice(1) });
      expect(
        (await run("unlink", "attic", "attic")).printed.filter((line) => line === "attic is unlinked."),
      ).toHaveLength(1);
      expect(links()).toEqual({ ...kept, servers: [] });
    });
  });

  test("stays as it is where one of the names is unknown", async () => {
    await linked(kept, async (run, links) => {
      const { code, complained } = await run("unlink", "nas", "atic");
      expect([code, complained]).toEqual([
        1,
        expect.stringMatching(/linked as atic; there are nas, attic\..*REELAY_NOT_FOUND/),
      ]);
      expect(links()).toEqual(kept);
    });
    await linked(undefined, async (run) => {
      expect(await run("unlink", "nas")).toMatchObject({
        code: 1,
        complained: expect.stringMatching(/as nas; none is/),
      });
      expect(await run("unlink")).toMatchObject({ code: 2 });
    });
  });

  test("is in use until the server's next start, as unlink says where one runs", async () => {
    await linked(kept, async (run) => {
      expect((await run("unlink", "nas")).printed.join()).not.toContain("running server");
    });
    await using folder = await temporaryFolder("link");
    writeFileSync(join(folder.path, "plex-links.json"), JSON.stringify(kept));
    const server = { pid: process.pid, url: "http://127.0.0.1:1", port: 1, token: "local" };
    writeFileSync(join(folder.path, "server.json"), JSON.stringify(server));
    const terminal = new TestTerminal();
    expect(await main(["plex", "unlink", "nas", "--data", folder.path], terminal)).toBe(0);
    expect(terminal.printed.join()).toContain("The running server goes on");
  });
});

test("what is typed at a terminal is not shown", async () => {
  await using nas = await PlexStandIn.start({ token: "token-of-the-nas" });
  await using folder = await temporaryFolder("link");
  const command = [
    process.execPath,
    ...["-C", "source", join(REPOSITORY, "packages/server/bin/reelay.js"), "--default-data", folder.path],
    ...["serve", "--plex", `nas=${nas.url}`, "--port", "0"],
  ].join(" ");
  // Part of every Debian: it gives a command a terminal of its own.
  const child = spawn("script", ["-qfec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const sees = (text: string) =>
    until(
      () => shown.includes(text) || child.exitCode !== null,
      () => `${text}: ${shown}`,
    );
  const closed = once(child, "close");
  try {
    await sees("X-Plex-Token: ");
    child.stdin.write("token-of-the-nas\r");
    await sees("The server takes it");
    await sees("is running at");
    child.stdin.write("\u0003");
    await sees("Reelay has stopped");
    await closed;
  } finally {
    // Its terminal is gone with it, and the server ends by that at the latest.
    child.kill();
    await closed;
  }
  expect(shown).not.toContain("token-of-the-nas");
});
