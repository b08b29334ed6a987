import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { webhookEvents } from "@reelay/protocol";
import { expect, test } from "vitest";
import { doctor } from "../../packages/server/src/cli/doctor.ts";
import { TestTerminal } from "../../packages/server/src/cli/testing.ts";
import { knowable } from "../../packages/server/src/upstream/index.ts";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";
import { selfSigned } from "../support/certificates.ts";
import { REPOSITORY } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function look(plex: string, token?: string): Promise<{ code: number; lines: string[]; text: string }> {
  const terminal = new TestTerminal(token === undefined ? {} : { REELAY_PLEX_TOKEN: token });
  const code = await doctor({ plex }, terminal);
  const lines = terminal.printed
    .filter((line) => /^ {2}[✓·✗]/.test(line))
    .map((line) => line.trim().split(/ +/, 2).join(" "));
  return { code, lines, text: terminal.printed.join("\n") };
}

test("a server with which nothing is wrong", async () => {
  await using standIn = await PlexStandIn.start();
  const { code, lines, text } = await look(`nas=${standIn.url}`, standIn.token);
  expect(lines).toEqual(["✓ reachable", "· certificate", "✓ clock", "✓ token", "✓ account", "✓ events"]);
  expect(code).toBe(0);
  expect(text).not.toContain(standIn.token);
  // And what can be known of it, each event once.
  const [, table = ""] = text.split("What can be known of it");
  const told = [...table.matchAll(/[a-z]+(?:\.[a-z]+)+/g)].map(([name]) => name);
  expect(told.sort()).toEqual(Object.keys(webhookEvents).sort());
  expect(table).not.toContain("not with this token");
});

test("the guide says of each webhook event by what it is known, as the code does", () => {
  const guide = readFileSync(join(REPOSITORY, "docs/guides/plex.md"), "utf8");
  const rows = [...guide.matchAll(/^\| (`[^|]+`) \| ([^|]+) \| ([^|]+) \|$/gm)].flatMap(
    ([, names = "", by = "", how = ""]) =>
      [...names.matchAll(/`([a-z.]+)`/g)].map(([, name]) => [name, { by: by.trim(), how: how.trim() }] as const),
  );
  expect(Object.fromEntries(rows.filter(([name = ""]) => Object.hasOwn(knowable, name)))).toEqual(knowable);
});

test("a token that is wrong, or missing, ends the look with what to do", async () => {
  await using standIn = await PlexStandIn.start();
  for (const token of ["wrong-token", undefined]) {
    const { code, lines, text } = await look(standIn.url, token);
    expect(lines.at(-1)).toBe("✗ token");
    expect(text).toContain("reelay plex link");
    expect(code).toBe(1);
  }
});

test("a token that is not the owner's, and a stream that is refused", async () => {
  await using standIn = await PlexStandIn.start();
  standIn.rest.set("/status/sessions", { body: "no", type: "text/plain" });
  standIn.refuse = () => ({ status: 502 });
  const { code, lines, text } = await look(standIn.url, standIn.token);
  expect(lines.slice(-2)).toEqual(["✗ account", "✗ events"]);
  expect(text).toMatch(/media\.rate.*not with this token/);
  expect(text).toMatch(/media\.play.*not now/);
  expect(code).toBe(1);
});

test("a clock that is off", async () => {
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  const server = createHttpServer((_request, response) =>
    response.writeHead(200, { date }).end('<MediaContainer machineIdentifier="a"/>'),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { text, lines } = await look(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(lines).toContain("✗ clock");
  expect(text).toMatch(/3\d{3} s behind this one/);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("nobody there, and somebody else there", async () => {
  const nobody = await look("http://127.0.0.1:1");
  expect([nobody.code, nobody.lines]).toEqual([1, ["✗ reachable"]]);
  await using standIn = await PlexStandIn.start();
  standIn.rest.set("/identity", { body: "<html>A router</html>", type: "text/html" });
  const other = await look(standIn.url);
  expect(other.lines).toEqual(["✗ reachable"]);
  expect(other.text).toContain("32400");
});

test("a certificate that is for another name is named with that name", async () => {
  await using folder = await temporaryFolder("doctor");
  const { cert, key } = await selfSigned(folder.path, "other.example");
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_request, response) =>
    response.end(),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { text, lines } = await look(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(lines).toEqual(["✗ certificate", "✗ reachable"]);
  expect(text).toContain("other.example");
  await new Promise((resolve) => server.close(resolve));
});
