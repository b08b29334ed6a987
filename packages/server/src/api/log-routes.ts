import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseQuery, requireAdmin, sendEmpty } from "../http/index.ts";
import { harmless, type Logger, ReelayError } from "../support/index.ts";
import type { LogLevel, LogLines } from "./log-lines.ts";

export interface LogRoutesOptions {
  readonly lines: LogLines;
  /** Where lines are written as well; not the one that tells its own. */
  readonly log: Logger;
}

/** One line, as `/log` takes it. Control characters become visible: a line is one line. */
const line = z.object({
  level: z.coerce.number().int().min(0).max(4).default(3).describe("0 error, 1 warning, 2 info, 3 debug, 4 verbose."),
  message: z.string().min(1).max(2_000).transform(harmless),
  source: z.string().max(100).default("").transform(harmless),
});

const methods = ["error", "warn", "info", "debug", "trace"] as const satisfies Readonly<Record<LogLevel, string>> &
  readonly string[];

/** `/log`, for the owner: what clients want to stand in the server's log, one line or many. */
export const logRoutes: FastifyPluginCallback<LogRoutesOptions> = (app, { lines, log }, done) => {
  const write = ({ level: number, message, source }: z.output<typeof line>) => {
    const level = number as LogLevel;
    log[methods[level]]({ source }, message);
    lines.add({ level, message, source });
  };

  const one = (request: FastifyRequest, reply: FastifyReply) => {
    requireAdmin(request);
    write(parseQuery(line, request));
    return sendEmpty(reply);
  };
  // Plex's own description says PUT, its older one GET.
  app.get("/log", { config: { changes: true }, exposeHeadRoute: false }, one);
  app.put("/log", one);

  app.post("/log", (request, reply) => {
    requireAdmin(request);
    // All are read before any is written: a refused request has written nothing.
    const all = linesOf(request.body).map((text, index) => {
      const parsed = line.safeParse(Object.fromEntries(new URLSearchParams(text)));
      if (parsed.success) return parsed.data;
      const [problem] = parsed.error.issues;
      throw new ReelayError(
        "REELAY_INVALID_PARAMETER",
        `Line ${index + 1}, ${problem?.path.join(".")}: ${problem?.message}.`,
      );
    });
    for (const each of all) write(each);
    return sendEmpty(reply);
  });
  done();
};

/** Query strings, one per line. */
function linesOf(body: unknown): string[] {
  if (!Buffer.isBuffer(body)) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "The body must be lines such as level=2&message=…&source=….");
  }
  return body
    .toString()
    .split(/\r?\n/)
    .filter((text) => text !== "");
}
