import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createWebhookReceiver } from "@reelay/sdk/webhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CertificateFiles, selfSigned, signedBy } from "../support/certificates.ts";
import { type FilmServer, filmServer } from "./film-server.ts";

let home: FilmServer;
beforeAll(async () => {
  home = await filmServer();
});
afterAll(() => home[Symbol.asyncDispose]());

interface Tried {
  readonly state: string;
  readonly record: readonly { readonly status: number | null; readonly error: string | null }[];
}

async function add(settings: object, token?: string): Promise<{ readonly id: string; readonly secret: string }> {
  const answer = await home.ask("POST", "/api/v1/hooks", settings, token);
  expect([answer.status, await answer.clone().text()]).toEqual([201, expect.any(String)]);
  return (await answer.json()) as { id: string; secret: string };
}

/** What came of a test of this hook: how its first attempt ended. */
async function tried(id: string, token?: string): Promise<string> {
  const answer = await home.ask("POST", `/api/v1/hooks/${id}/test`, {}, token);
  const { state, record } = (await answer.json()) as Tried;
  return record[0]?.error ?? `${state} ${record[0]?.status}`;
}

/** A receiver under the name `localhost`. */
async function listening(handler: RequestListener, tls?: CertificateFiles) {
  const server =
    tls === undefined
      ? createServer(handler)
      : createHttpsServer({ cert: await readFile(tls.cert), key: await readFile(tls.key) }, handler);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `${tls === undefined ? "http" : "https"}://localhost:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("a certificate", () => {
  test("of an own authority is believed by the hook that names it, and by no other", async () => {
    const authority = await selfSigned(home.folder, "authority.test");
    const ca = await readFile(authority.cert, "utf8");
    const right = await signedBy(authority, home.folder, "localhost");
    await using receiver = await listening((_request, response) => void response.end(), right);
    expect(await tried((await add({ url: receiver.url, ca })).id)).toBe("delivered 200");
    expect(await tried((await add({ url: receiver.url })).id)).toBe("REELAY_DELIVERY_TLS");

    const wrong = await signedBy(authority, home.folder, "elsewhere.test");
    await using other = await listening((_request, response) => void response.end(), wrong);
    expect(await tried((await add({ url: other.url, ca })).id)).toBe("REELAY_DELIVERY_TLS");
  });
});

describe("a name that leads to this machine", () => {
  test("is for the owner's hooks; a member's is refused when it is looked up, and nothing is asked", async () => {
    let asked = 0;
    await using receiver = await listening((_request, response) => {
      asked++;
      response.end();
    });
    const account = (await (await home.ask("POST", "/api/v1/accounts", { name: "Robin", sections: "all" })).json()) as {
      id: number;
    };
    const made = await home.ask("POST", `/api/v1/accounts/${account.id}/tokens`, { name: "phone" });
    const { token } = (await made.json()) as { token: string };
    // As an address it is refused at once; of a name, only asking tells.
    const byNumber = receiver.url.replace("localhost", "127.0.0.1");
    expect((await home.ask("POST", "/api/v1/hooks", { url: byNumber }, token)).status).toBe(400);
    const members = await add({ url: receiver.url }, token);
    expect([await tried(members.id, token), asked]).toEqual(["REELAY_HOOK_URL_REFUSED", 0]);
    expect([await tried((await add({ url: receiver.url })).id), asked]).toEqual(["delivered 200", 1]);

    await home.ask("DELETE", `/api/v1/accounts/${account.id}`);
    expect((await home.ask("GET", `/api/v1/hooks/${members.id}`)).status).toBe(404);
  });
});

describe("a receiver made with the SDK", () => {
  test.each(["plex", "json"])(
    "believes the signature of %s, and of its secrets while one is rotated",
    async (format) => {
      const seen: string[] = [];
      let receiver = createWebhookReceiver();
      await using server = await listening((request, response) => void receiver.node(request, response));
      /** A receiver that knows these secrets. */
      const knowing = (...secrets: readonly string[]) => {
        receiver = createWebhookReceiver({ signingSecrets: [...secrets] });
        receiver.onAny(({ event, trust, thumb }) => void seen.push(`${event} ${trust} ${thumb?.contentType}`));
      };
      const hook = await add({ url: server.url, format, thumb: true });
      knowing(hook.secret);
      expect(await tried(hook.id)).toBe("delivered 200");

      const rotate = async (keepOldMs: number) => {
        const rotated = await home.ask("POST", `/api/v1/hooks/${hook.id}/secret`, { keepOldMs });
        return ((await rotated.json()) as { secret: string }).secret;
      };
      const second = await rotate(3_600_000);
      expect(await tried(hook.id)).toBe("delivered 200");
      knowing(second);
      expect(await tried(hook.id)).toBe("delivered 200");
      const third = await rotate(0);
      expect(await tried(hook.id)).toBe("REELAY_DELIVERY_STATUS");
      knowing(third);
      expect(await tried(hook.id)).toBe("delivered 200");
      expect(seen).toEqual(Array.from({ length: 4 }, () => "media.play signature image/jpeg"));
    },
  );
});
