import { ByteSink } from "@reelay/protocol";
import { answerOf } from "./answer.ts";
import type { Core } from "./core.ts";
import { WebhookError } from "./errors.ts";

/** What some runtimes hand over besides the request: they stop a program that has answered, unless it says that it goes on. */
interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

/** Answers a request of the Fetch API. Never rejects. */
export async function answerFetch(core: Core, request: Request, context: readonly unknown[]): Promise<Response> {
  try {
    if (request.method !== "POST") throw new WebhookError("not-post", "Webhooks are sent by POST.");
    const { headers, url } = request;
    const taken = await core.take({ body: await bytesOf(request, core.maxBytes), headers, url });
    if (taken !== null && !(await isGood(core, taken.done, context))) return answer(answerOf(undefined));
    return answer({ status: 200, body: '{"received":true}' });
  } catch (error) {
    await core.report(error);
    return answer(answerOf(error));
  }
}

/** True at once if the answer goes first, and the runtime lets handlers finish behind it. */
async function isGood(core: Core, done: Promise<boolean>, context: readonly unknown[]): Promise<boolean> {
  if (!core.acknowledgesFirst) return done;
  const waiting = context.find(isContext);
  if (waiting) waiting.waitUntil(done);
  // A Worker that has answered is stopped. Without a way to say that it goes on, the handlers go first.
  else if (globalThis.navigator?.userAgent === "Cloudflare-Workers") await done;
  return true;
}

function isContext(value: unknown): value is Context {
  return typeof value === "object" && value !== null && typeof (value as Partial<Context>).waitUntil === "function";
}

function answer({ status, body }: { readonly status: number; readonly body: string }): Response {
  const allow = status === 405 ? { allow: "POST" } : {};
  return new Response(body, { status, headers: { "content-type": "application/json", ...allow } });
}

async function bytesOf(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.bodyUsed)
    throw new WebhookError("body-consumed", "The body was read before: hand over the request as it came, or a clone.");
  const tooLarge = () => new WebhookError("too-large", `The body is longer than ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const reader = request.body?.getReader();
  const bytes = new ByteSink();
  const read = () =>
    reader?.read().catch((): never => {
      throw new WebhookError("cut-off", "The connection broke before the body ended.");
    });
  for (let next = await read(); next && !next.done; next = await read()) {
    if (bytes.length + next.value.length > maxBytes) {
      await reader?.cancel();
      throw tooLarge();
    }
    bytes.append(next.value);
  }
  return bytes.view();
}
