import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { StreamClient } from "../../packages/server/src/streams/testing/stream-client.ts";
import { MEMBER, type Onlooker, PRIVATE, SHARED } from "./onlookers.ts";
import { type AudienceServer, audienceServer, wires } from "./server.ts";

let running: AudienceServer;
beforeAll(async () => {
  running = await audienceServer();
});
afterAll(() => running[Symbol.asyncDispose]());

/** A promise of the design: what somebody may not see any more is not sent a second later. */
/** With the slack that a shared machine needs: what was looked for at intervals only would take longer still. */
const A_SECOND_MS = 5_000;

let count = 0;
/** Tells a `status` to a section, and another to the owner, by which a test knows that the first was sent. */
async function tell(sectionId: number): Promise<string> {
  const title = `Status ${++count}`;
  await running.server.tell([
    {
      type: "status.announced",
      audience: { kind: "section", sectionId },
      subject: `section:${sectionId}`,
      facts: { title, description: "", notificationName: "TEST" },
    },
  ]);
  return title;
}

const titles = (client: StreamClient) =>
  client.received.map(({ entry }) => String((entry as { readonly title?: unknown }).title));

describe.each(Object.keys(wires))("an open stream over %s", (wire) => {
  const listen = (who: Onlooker, since?: string) => running.listen(wire, who, since);
  const share = async (sections: readonly number[] | "all") => {
    const answer = await running.ask("owner", "PATCH", `/api/v1/accounts/${MEMBER}`, { sections });
    expect(answer.status).toBe(200);
  };
  beforeEach(() => share([SHARED]));

  test("follows a change of rights from the moment on that it is answered", async () => {
    const client = await listen("member");
    const first = await tell(SHARED);
    await client.when(() => titles(client).includes(first), "what it may see");
    await share([PRIVATE]);
    const hidden = await tell(SHARED);
    const second = await tell(PRIVATE);
    await client.when(() => titles(client).includes(second), "what it may see now");
    await share("all");
    const third = await tell(SHARED);
    await client.when(() => titles(client).includes(third), "what it may see by now");
    expect(titles(client)).toEqual([first, second, third]);
    expect(titles(client)).not.toContain(hidden);

    // Rights are those of the moment of sending: a resumed stream follows them too.
    await share([PRIVATE]);
    const again = await listen("member", "earliest");
    const last = await tell(PRIVATE);
    await again.when(() => titles(again).includes(last), "the last");
    expect(titles(again)).toContain(second);
    for (const title of [first, hidden, third]) expect(titles(again)).not.toContain(title);
    again.cut();
    client.cut();
  });

  test("ends within a second when its token is revoked; one by another token of that name goes on", async () => {
    const make = async () =>
      (await (await running.ask("owner", "POST", `/api/v1/accounts/${MEMBER}/tokens`, { name: "phone" })).json()) as {
        id: string;
        token: string;
      };
    const [first, second] = [await make(), await make()];
    const open = (token: string) => wires[wire]?.({ port: running.server.port, token });
    const ending = await open(first.token);
    const staying = await open(second.token);
    if (ending === undefined || staying === undefined) throw new Error("no stream");
    const began = performance.now();
    expect((await running.ask("owner", "DELETE", `/api/v1/tokens/${first.id}`)).status).toBe(204);
    await ending.when(() => ending.end !== undefined, "the end");
    expect(performance.now() - began).toBeLessThan(A_SECOND_MS);
    expect(ending.end).toMatchObject({ orderly: true });
    if (wire.startsWith("WebSocket")) expect(ending.end?.code).toBe(1008);
    const title = await tell(SHARED);
    await staying.when(() => titles(staying).includes(title), "what is told");
    expect(staying.end).toBeUndefined();
    await expect(open(first.token)).rejects.toMatchObject({ status: 401 });
    staying.cut();
  });

  test("ends within a second when its account is removed, and nobody else's does", async () => {
    const added = await running.ask("owner", "POST", "/api/v1/accounts", { name: `Guest ${wire}`, sections: [SHARED] });
    const { id } = (await added.json()) as { id: number };
    const made = await running.ask("owner", "POST", `/api/v1/accounts/${id}/tokens`, { name: "phone" });
    const { token } = (await made.json()) as { token: string };
    const open = () => wires[wire]?.({ port: running.server.port, token });
    const clients = [await open(), await open()];
    const member = await listen("member");
    const began = performance.now();
    expect((await running.ask("owner", "DELETE", `/api/v1/accounts/${id}`)).status).toBe(204);
    for (const client of clients) await client?.when(() => client.end !== undefined, "the end");
    expect(performance.now() - began).toBeLessThan(A_SECOND_MS);
    await expect(open()).rejects.toMatchObject({ status: 401 });
    const title = await tell(SHARED);
    await member.when(() => titles(member).includes(title), "what is told");
    member.cut();
  });
});
