import { WebhookError } from "./errors.ts";

/** The answer to what was refused, or went wrong. */
export function answerOf(error: unknown): { readonly status: number; readonly body: string } {
  const known = error instanceof WebhookError;
  const { code, message } = known ? error : { code: "failed", message: "A handler failed." };
  return { status: known ? error.status : 500, body: JSON.stringify({ error: { code, message } }) };
}
