import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { parseBody, parseParams, requireAdmin } from "../http/index.ts";
import type { Accounts } from "./accounts.ts";

const newTokenBody = z.strictObject({
  /** What the token is for, shown in lists. */
  name: z.string().trim().min(1).max(100),
});
const tokenParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/, "expected the id of a token, 16 hex digits") });

/** `GET`, `POST /api/v1/tokens` and `DELETE /api/v1/tokens/{id}`, for the owner. JSON. */
export const accountRoutes: FastifyPluginCallback<{ readonly accounts: Accounts }> = (app, { accounts }, done) => {
  app.get("/api/v1/tokens", (request, reply) => {
    requireAdmin(request);
    return reply.header("cache-control", "no-store").send({ tokens: accounts.list() });
  });

  app.post("/api/v1/tokens", async (request, reply) => {
    requireAdmin(request);
    const { name } = parseBody(newTokenBody, request);
    const { token, info } = await accounts.createToken(name);
    return reply
      .code(201)
      .header("cache-control", "no-store")
      .send({ token, ...info });
  });

  app.delete("/api/v1/tokens/:id", async (request, reply) => {
    requireAdmin(request);
    await accounts.revoke(parseParams(tokenParams, request).id);
    return reply.code(204).send();
  });
  done();
};
