import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY, ReelayProcess } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

async function preferenceOf(server: ReelayProcess, id: string): Promise<unknown> {
  const answer = await server.fetch(`/:/prefs/get?id=${id}`, { headers: { accept: "application/json" } });
  const { MediaContainer } = (await answer.json()) as { MediaContainer: { Setting: { value: unknown }[] } };
  return MediaContainer.Setting[0]?.value;
}

const change = async (server: ReelayProcess, query: string) => {
  expect((await server.fetch(`/:/prefs?${query}`, { method: "PUT" })).status).toBe(200);
};

test("preferences begin with what the configuration file says, and what is changed since stays", async () => {
  await using folder = await temporaryFolder("preferences");
  const config = join(folder.path, "reelay.yaml");
  const start = () =>
    ReelayProcess.start({ dataDir: join(folder.path, "data"), token: "preferences-token", args: ["--config", config] });
  await writeFile(config, "preferences:\n  FriendlyName: Attic\n  WebHooksEnabled: false\n");
  const first = await start();
  await using _first = first;
  expect([await preferenceOf(first, "FriendlyName"), await preferenceOf(first, "WebHooksEnabled")]).toEqual([
    "Attic",
    false,
  ]);
  await change(first, "FriendlyName=Cellar");
  await first.end("SIGKILL");

  await writeFile(config, "preferences:\n  FriendlyName: Roof\n  WebHooksEnabled: true\n  ButlerStartHour: 4\n");
  const second = await start();
  await using _second = second;
  const ids = ["FriendlyName", "WebHooksEnabled", "ButlerStartHour"];
  expect(await Promise.all(ids.map((id) => preferenceOf(second, id)))).toEqual(["Cellar", false, 4]);
});

test("a first value that is not allowed ends the start with its line and what was meant, and none is taken", async () => {
  await using folder = await temporaryFolder("preferences");
  const config = join(folder.path, "reelay.yaml");
  const dataDir = join(folder.path, "data");
  await writeFile(config, "preferences:\n  FriendlyName: Attic\n  ButlerStartHuor: 3\n");
  const command = ["-C", "source", join(REPOSITORY, "packages/server/bin/reelay.js"), "serve"];
  const args = [...command, "--data", dataDir, "--port", "0", "--config", config];
  const { code, errors } = await new Promise<{ code: unknown; errors: string }>((resolve) => {
    execFile(process.execPath, args, { cwd: REPOSITORY }, (error, _output, stderr) =>
      resolve({ code: error?.code, errors: stderr }),
    );
  });
  expect(code).toBe(1);
  expect(errors).toContain(`preferences.ButlerStartHuor in ${config}, line 3: there is no such preference`);
  expect(errors).toContain("did you mean ButlerStartHour?");
  expect(errors).toContain("REELAY_CONFIG_INVALID");
  await using server = await ReelayProcess.start({ dataDir, token: "preferences-token" });
  expect(await preferenceOf(server, "FriendlyName")).toBe("");
});

test("the log's level follows its preference at once and over restarts; the flag goes before it for one start", async () => {
  await using folder = await temporaryFolder("log-level");
  const options = { dataDir: folder.path, token: "log-level-token" };
  const first = await ReelayProcess.start(options);
  await using _first = first;
  const line = /"msg":"request"|\/identity/;
  await first.fetch("/identity?before");
  await change(first, "LogLevel=debug");
  await first.fetch("/identity?after");
  await until(() => first.output.includes("/identity?after"), "the request's line");
  expect(first.output).not.toContain("/identity?before");
  await change(first, "LogLevel=silent");
  await first.fetch("/identity?silent");
  expect(await first.end("SIGTERM")).toBe(0);
  expect(first.output).not.toContain("/identity?silent");

  const flagged = await ReelayProcess.start({ ...options, args: ["--log-level", "debug"] });
  await using _flagged = flagged;
  expect(await preferenceOf(flagged, "LogLevel")).toBe("debug");
  await flagged.fetch("/identity?flagged");
  await until(() => flagged.output.includes("/identity?flagged"), "the request's line");
  expect(await flagged.end("SIGTERM")).toBe(0);

  const last = await ReelayProcess.start(options);
  await using _last = last;
  expect(await preferenceOf(last, "LogLevel")).toBe("silent");
  await last.fetch("/identity?last");
  expect(await last.end("SIGTERM")).toBe(0);
  expect(last.output).not.toMatch(line);
});
