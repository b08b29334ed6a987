import { z } from "zod";
import { ask, ServerFinder } from "./api.ts";
import { type HookOptions, hookBody } from "./hook-options.ts";
import { connectionOf, type HookArguments } from "./hooks.ts";
import { hookAmong, hooksOf } from "./hooks-lookup.ts";
import { inColumns, second } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const previewAnswer = z.looseObject({
  events: z.array(
    z.looseObject({
      eventId: z.string(),
      time: z.number(),
      event: z.string(),
      title: z.string().optional(),
      send: z.boolean(),
      explanation: z.string().optional(),
      request: z
        .looseObject({
          method: z.string(),
          url: z.string(),
          headers: z.array(z.tuple([z.string(), z.string()])),
          body: z.string(),
          missing: z.array(z.string()),
        })
        .optional(),
    }),
  ),
  sent: z.number(),
});
type Previewed = z.output<typeof previewAnswer>["events"][number];

export interface PreviewArguments extends HookArguments, HookOptions {
  readonly last: number;
  readonly json?: boolean | undefined;
}

/** Prints what a hook, perhaps changed or not added yet, would have made of the last events. Nothing is sent. */
export async function previewHook(
  { hook: which, last, json = false, ...options }: PreviewArguments,
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connectionOf(options), terminal.env);
  const answer = await ask(finder, await previewRequest(finder, which, last, options), previewAnswer);
  if (json) {
    terminal.print(JSON.stringify(answer));
    return 0;
  }
  const { events, sent } = answer;
  for (const line of inColumns(events.map(previewRow))) terminal.print(line);
  if (events.length === 0) {
    terminal.complain("Nothing has happened yet that webhooks tell of.");
    return 0;
  }
  terminal.print(`${sent} of ${events.length} would have been sent.`);
  const shown = events.find(({ request }) => request !== undefined)?.request;
  if (shown !== undefined) for (const line of requestLines(shown)) terminal.print(line);
  return 0;
}

/** Of a hook that is there, or of one with an address that none has. */
async function previewRequest(finder: ServerFinder, which: string, last: number, options: HookOptions) {
  const hooks = await hooksOf(finder);
  const isNew = /^https?:\/\//i.test(which) && !hooks.some(({ url }) => url === which);
  if (isNew) {
    const hook = { url: which, ...(await hookBody(options, { filter: {}, headers: {} })) };
    return { method: "POST", path: "/api/v1/hooks/preview", body: { last, hook } } as const;
  }
  const hook = hookAmong(hooks, which);
  const change = await hookBody(options, hook);
  const body = { last, ...(Object.keys(change).length === 0 ? {} : { change }) };
  return { method: "POST", path: `/api/v1/hooks/${hook.id}/preview`, body } as const;
}

function previewRow({ time, send, event, title = "", explanation = "", eventId }: Previewed): readonly string[] {
  return [second(time), send ? "sent" : "not sent", event, title, explanation, eventId];
}

/** The request as it would go out; its picture is left out. */
function requestLines({ method, url, headers, body, missing }: NonNullable<Previewed["request"]>): readonly string[] {
  const rows = [
    ["newest", `${method} ${url}`],
    ...headers.map(([name, value]) => ["header", `${name}: ${value}`]),
    ["body", body],
    ...missing.map((path) => ["missing", `the payload has nothing at ${path}`]),
  ];
  return inColumns(rows);
}
