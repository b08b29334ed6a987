import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../packages/server/src/cli/index.ts";
import { TestTerminal } from "../../packages/server/src/cli/testing.ts";
import { answers, ok, Receiver } from "../../packages/server/src/webhooks/testing/receiver.ts";
import { until } from "../support/wait.ts";
import { type FilmServer, filmServer, TOKEN } from "./film-server.ts";

/** The record of webhooks by the command line: of one play and stop of a film, told to one hook and kept from another. */
let home: FilmServer;
let receiver: Receiver;
const TITLE = "A Reel Left in the Rain";
const WHEN = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;

beforeAll(async () => {
  [home, receiver] = await Promise.all([filmServer(), Receiver.open()]);
  await reelay("hooks", "add", receiver.url, "--description", "Lights", "--event", "media.*");
  await reelay("hooks", "add", `${receiver.url}/attic`, "--description", "Attic", "--player", "Attic");
  for (const state of ["playing", "stopped"]) {
    const query = new URLSearchParams({
      ...{ ratingKey: home.film, key: `/library/metadata/${home.film}`, state, time: "0", duration: "60000" },
      ...{ "X-Plex-Client-Identifier": "tv", "X-Plex-Device-Name": "Living Room TV" },
    });
    expect((await home.ask("POST", `/:/timeline?${query}`)).status).toBe(200);
  }
  await delivered(2);
});
afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

async function reelay(...argv: readonly string[]) {
  return await answering([], ...argv);
}

/** @param typed what is typed when something is asked; nothing: nobody is there */
async function answering(typed: readonly string[], ...argv: readonly string[]) {
  const terminal = new TestTerminal({ HOME: home.folder });
  terminal.answers.push(...typed);
  const code = await main([...argv, "--url", home.server.url, "--token", TOKEN], terminal);
  return { code, out: terminal.printed, errors: terminal.complained };
}

async function delivered(count: number): Promise<void> {
  let listed: readonly string[] = [];
  await until(
    async () => {
      listed = (await reelay("hooks", "deliveries", "--state", "delivered")).out;
      return listed.length === count;
    },
    () => `${count} to be delivered: ${listed.join("\n")}`,
  );
}

async function newest(event: string): Promise<{ readonly id: string; readonly eventId: string }> {
  const { out } = await reelay("hooks", "deliveries", "--event", event, "--limit", "1", "--json");
  return JSON.parse(out[0] ?? "");
}

describe("deliveries", () => {
  test("are listed newest first, with what became of them", async () => {
    const { code, out, errors } = await reelay("hooks", "deliveries");
    expect([code, errors]).toEqual([0, []]);
    expect(out).toEqual(
      ["media\\.stop", "media\\.play"].map((event) =>
        expect.stringMatching(
          new RegExp(`^${WHEN}  delivered \\(after \\d+[a-z]+\\) +${event}  ${TITLE}  Lights  msg_[0-9a-f-]+$`),
        ),
      ),
    );
  });

  test.each<[readonly string[], number]>([
    [["--event", "media.play"], 1],
    [["--event", "media.p*", "--hook", "Lights"], 1],
    [["--hook", "Attic"], 0],
    [["--search", "Left in"], 2],
    [["--search", "nothing like it"], 0],
    [["--state", "waiting,expired"], 0],
    [["--since", "1h"], 2],
    [["--until", "1h"], 0],
    [["--since", "2020-02-01", "--until", "2020-03-01T12:00Z"], 0],
  ])("are found by %j", async (argv, count) => {
    const { code, out, errors } = await reelay("hooks", "deliveries", ...argv);
    expect([code, out.length, errors]).toEqual([0, count, count === 0 ? ["There is no such delivery."] : []]);
  });

  test("are shown page by page", async () => {
    const first = await reelay("hooks", "deliveries", "--limit", "1");
    const [, next = ""] = /^There are older ones: --before (msg_\S+)$/.exec(first.errors[0] ?? "") ?? [];
    const second = await reelay("hooks", "deliveries", "--limit", "1", "--before", next);
    expect([first.out[0], second.out[0], second.errors]).toEqual([
      expect.stringContaining("media.stop"),
      expect.stringContaining("media.play"),
      [],
    ]);
  });

  test("are shown one by one, with each attempt", async () => {
    const { id, eventId } = await newest("media.play");
    const { code, out } = await reelay("hooks", "delivery", id);
    expect(code).toBe(0);
    expect(out).toEqual([
      `id         ${id}`,
      "hook       Lights",
      expect.stringMatching(`^event      media\\.play, ${WHEN}$`),
      `of         ${eventId}`,
      `item       ${TITLE}`,
      expect.stringMatching(/^state {6}delivered \(after \d+[a-z]+\)$/),
      expect.stringMatching(`^ended      ${WHEN}$`),
      expect.stringMatching(`^attempt 1  ${WHEN}, POST http://127\\.0\\.0\\.1:\\d+, 200 in \\d+ ms$`),
      expect.stringContaining(`payload    {"event":"media.play","user":true,"owner":true,`),
    ]);
    const { out: json } = await reelay("hooks", "delivery", id, "--json");
    expect(JSON.parse(json[0] ?? "")).toMatchObject({
      id,
      payload: { event: "media.play" },
      record: [{ status: 200 }],
    });
    expect((await reelay("hooks", "deliveries", "--of", eventId)).out).toHaveLength(1);
  });
});

describe("resend", () => {
  test("sends one again, under its old id", async () => {
    const { id } = await newest("media.play");
    const before = receiver.received.length;
    expect(await reelay("hooks", "resend", id)).toMatchObject({
      code: 0,
      out: [expect.stringMatching(`^Sent again: .* media\\.play  ${TITLE}  Lights  ${id}$`)],
    });
    await until(() => receiver.received.length === before + 1, "the receiver to be told again");
    expect(receiver.received.at(-1)?.id).toBe(id);
    await delivered(2);
  });

  test("counts a range first, and sends it only when somebody says so", async () => {
    const range = ["hooks", "resend", "--hook", "Lights", "--state", "delivered", "--since", "1h"];
    const counted = "2 deliveries (delivered) of hooks that are enabled.";
    const question = "Send them again, oldest first? [y/N] ";
    const before = receiver.received.length;
    expect(await reelay(...range)).toEqual({
      code: 1,
      out: [counted, question],
      errors: ["Nothing was sent: nobody can be asked here. Add --yes to send them."],
    });
    for (const no of ["", "n", "yellow"])
      expect(await answering([no], ...range)).toMatchObject({ code: 1, errors: ["Nothing was sent."] });
    await delivered(2);
    expect(receiver.received).toHaveLength(before);

    const sent = { code: 0, out: [counted, question, "2 are being sent again."], errors: [] };
    expect(await answering(["Yes"], ...range)).toEqual(sent);
    await until(() => receiver.received.length === before + 2, "both again");
    expect(receiver.events.slice(-2)).toEqual(["media.play", "media.stop"]);
    await delivered(2);
    expect((await reelay(...range, "--event", "media.stop", "--yes")).out).toEqual([
      "1 delivery (delivered) of hooks that are enabled.",
      "1 is being sent again.",
    ]);
    await until(() => receiver.received.length === before + 3, "one again");
    await delivered(2);
  });

  test("has nothing to ask about a range in which there is nothing", async () => {
    expect(await reelay("hooks", "resend", "--hook", "Lights")).toEqual({
      code: 0,
      out: ["0 deliveries (expired, superseded, dropped) of hooks that are enabled."],
      errors: [],
    });
  });
});

describe("preview", () => {
  test("says what a hook makes of the last events, and shows the newest request", async () => {
    const { code, out } = await reelay("hooks", "preview", "Lights", "--last", "2");
    expect(code).toBe(0);
    expect(out.slice(0, 4)).toEqual([
      expect.stringMatching(`^${WHEN}  sent  media\\.stop  ${TITLE} +[0-9a-f-]{36}$`),
      expect.stringMatching(`^${WHEN}  sent  media\\.play  ${TITLE} +[0-9a-f-]{36}$`),
      "2 of 2 would have been sent.",
      `newest  POST ${receiver.url}`,
    ]);
    expect(out).toContain("header  webhook-signature: …");
    expect(out.at(-1)).toMatch(/^body {4}\{"event":"media\.stop",/);
  });

  test("tries other settings, and changes nothing", async () => {
    const before = (await reelay("hooks", "show", "Lights")).out;
    const { out } = await reelay(
      "hooks",
      "preview",
      "Lights",
      "--last",
      "2",
      "--event",
      "media.play",
      "--player",
      "Sofa",
    );
    expect(out).toEqual([
      expect.stringContaining("not sent  media.stop"),
      expect.stringContaining("the filter does not let it through: player"),
      "0 of 2 would have been sent.",
    ]);
    expect(out[0]).toContain("the hook does not want this kind of event");
    expect((await reelay("hooks", "show", "Lights")).out).toEqual(before);
  });

  test("tries a hook that is not added yet, and says what its template does not find", async () => {
    const address = "http://127.0.0.1:9/{{Metadata.title}}";
    const options = [
      "--format",
      "custom",
      "--method",
      "PUT",
      "--body",
      "{{Metadata.nothing}}",
      "--event",
      "media.play",
    ];
    const { code, out } = await reelay("hooks", "preview", address, "--last", "2", ...options);
    expect(code).toBe(0);
    expect(out).toContain(`newest   PUT http://127.0.0.1:9/${encodeURIComponent(TITLE)}`);
    expect(out.at(-1)).toBe("missing  the payload has nothing at Metadata.nothing");
    expect((await reelay("hooks", "list")).out).toHaveLength(2);
    const { out: json } = await reelay("hooks", "preview", address, "--json", ...options);
    expect(JSON.parse(json[0] ?? "")).toMatchObject({ sent: 1 });
  });
});

describe("why", () => {
  test("says of an event what each hook was sent, and why others were not", async () => {
    const { id, eventId } = await newest("media.play");
    const { code, out } = await reelay("hooks", "why", eventId);
    expect([code, out]).toEqual([
      0,
      [
        expect.stringMatching(`^${WHEN}  session\\.started  ${TITLE}  ${eventId}$`),
        `  delivered  Lights  media.play  ${id}`,
        "  not sent   Attic   media.play  the filter does not let it through: player",
      ],
    ]);
    expect((await reelay("hooks", "why", eventId, "--hook", "Attic")).out.slice(1)).toEqual([
      "  not sent  Attic  media.play  the filter does not let it through: player",
    ]);
    const { out: json } = await reelay("hooks", "why", eventId, "--json");
    expect(JSON.parse(json[0] ?? "")).toMatchObject({
      id: eventId,
      notSent: [{ reason: "filtered", detail: "player" }],
    });
  });

  test("finds events by a text in them, also those of a first scan", async () => {
    const { out } = await reelay("hooks", "why", "Reel Left", "--hook", "Lights");
    const told = out.filter((line) => !line.startsWith(" ")).map((line) => line.split("  ")[1]);
    expect(told).toEqual(["session.stopped", "session.started", "item.ready"]);
    expect(out.at(-1)).toBe("  not sent  Lights    the first scan of a section tells nothing of what it finds");
  });
});

test("a hook that is there is set for a purpose, and what is given besides goes before it", async () => {
  const settingsOf = async () => (await reelay("hooks", "show", "Attic")).out.slice(-3);
  await reelay("hooks", "edit", "Attic", "--for", "automation", "--max-age-record", "2h");
  expect(await settingsOf()).toEqual([
    "max age      30s for live events, 2h for records",
    "latest only  yes",
    "settle       1500ms",
  ]);
  await reelay("hooks", "edit", "Attic", "--for", "records", "--latest-only");
  expect((await settingsOf()).slice(1)).toEqual([
    "max age      any for live events, any for records",
    "latest only  yes",
  ]);
});

test("a delivery that fails says why, and when it is tried again", async () => {
  receiver.behaviour = answers(503);
  await reelay("hooks", "test", "Lights", "--event", "media.pause");
  receiver.behaviour = ok;
  const { id } = await newest("media.pause");
  const { out } = await reelay("hooks", "delivery", id);
  expect((await reelay("hooks", "deliveries", "--limit", "1")).out[0]).toContain("  media.pause (test)  ");
  expect(out).toContain("of         a test");
  expect(out).toContain("state      waiting (1 attempt)");
  expect(out).toContainEqual(expect.stringMatching(`^next {7}${WHEN}$`));
  expect(out).toContainEqual(expect.stringMatching(/^attempt 1 .*, 503 \(REELAY_DELIVERY_STATUS\) in \d+ ms/));
  expect(out).toContain("answer     no");
});

describe("what is not understood fails and says why:", () => {
  test.each<[number, readonly string[], RegExp]>([
    [2, ["deliveries", "--limit", "501"], /It is no whole number from 1 to 500/],
    [2, ["preview", "Lights", "--last", "many"], /It is no whole number from 1 to 500/],
    [2, ["test", "Lights", "--item", "x"], /It is no whole number from 1\./],
    [1, ["deliveries", "--hook", "nothing"], /There is no hook "nothing".*\(REELAY_NOT_FOUND\)/],
    [1, ["deliveries", "--since", "yesterday"], /--since: "yesterday" is no time such as 2h \(before now\)/],
    [1, ["deliveries", "--until", "2026-13-40"], /--until: "2026-13-40" is no time such as/],
    [1, ["deliveries", "--state", "done"], /state.*waiting.*\(REELAY_INVALID_PARAMETER\)/],
    [1, ["deliveries", "--event", "music.*"], /--event: music\.\* fits none of/],
    [1, ["delivery", "../hooks"], /expected the id of a delivery.*\(REELAY_INVALID_PARAMETER\)/],
    [1, ["delivery", `msg_${"0".repeat(32)}`], /There is no delivery with this id.*\(REELAY_NOT_FOUND\)/],
    [1, ["resend"], /name a delivery, or say which: --hook Lights/],
    [1, ["resend", `msg_${"0".repeat(32)}`, "--hook", "Lights"], /name a delivery or a range, not both/],
    [1, ["preview", "nothing"], /There is no hook "nothing"/],
    [1, ["preview", "ftp://10.0.0.9/"], /There is no hook "ftp:/],
    [1, ["why", "no event has this"], /No event with "no event has this" is kept.*\(REELAY_NOT_FOUND\)/],
    [1, ["why", "00000000-0000-7000-8000-000000000000"], /There is no event with this id/],
  ])("%i %j", async (expected, argv, message) => {
    const { code, out, errors } = await reelay("hooks", ...argv);
    expect([code, out]).toEqual([expected, []]);
    expect(errors).toEqual([expect.stringMatching(message)]);
  });
});
