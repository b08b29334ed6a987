import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import type { Rights } from "../../events/index.ts";
import { createGate, createHttp, type Viewer } from "../../http/index.ts";
import { TestLog } from "../../streams/testing/stream-server.ts";
import { createLogger, ManualClock } from "../../support/index.ts";

/** Tokens that the rig knows, with what they may see. */
export const rightsOf: Readonly<Record<string, Rights>> = {
  owner: { accountId: 1, admin: true, sections: "all" },
  member: { accountId: 2, admin: false, sections: new Set([1, 3]) },
  everywhere: { accountId: 3, admin: false, sections: "all" },
  nowhere: { accountId: 4, admin: false, sections: new Set() },
};

export interface ApiRig extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly log: TestLog;
  readonly clock: ManualClock;
  get(url: string, token?: string): Promise<LightMyRequestResponse>;
}

/** The shell of the real server on a real log, around the routes that `add` registers. */
export async function apiRig(add: (rig: Omit<ApiRig, "get">) => Promise<void>): Promise<ApiRig> {
  const log = new TestLog();
  const clock = new ManualClock();
  const app = createHttp({ gate: createGate({ authenticate }), log: createLogger("silent") });
  const rig = {
    app,
    log,
    clock,
    get: (url: string, token?: string) =>
      app.inject({
        url,
        headers: { accept: "application/json", ...(token === undefined ? {} : { "x-plex-token": token }) },
      }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await log.close();
    },
  };
  await add(rig);
  return rig;
}

function authenticate(token: string): Viewer | undefined {
  const rights = rightsOf[token];
  return rights && { ...rights, tokenId: token, tokenName: token };
}
