import { hash } from "node:crypto";
import { requestShown, type ShownRequest } from "./attempt-record.ts";
import type { Delivery } from "./delivery.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
import { multipartTypeOf } from "./request-body.ts";

/** What differs between the requests for a hook, and follows from the delivery and from these numbers. */
export interface SentNumbers {
  /** As `Reelay-Attempt` says it. */
  readonly attempt: number;
  /** `webhook-timestamp`, epoch seconds. */
  readonly seconds: number;
  /** Of the body. */
  readonly bytes: number;
}

/** What is the same in all requests for a hook as it is set: kept once, not with each attempt. */
export interface AttemptForm {
  readonly id: number;
  /** JSON: {@link FormRequest}. */
  readonly text: string;
}

interface FormRequest {
  readonly method: string;
  readonly origin: string;
  /** null: what {@link filledForm} fills in. */
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

export function sentNumbers({ headers, body }: WebhookRequest): SentNumbers {
  const numberOf = (name: string) => Number(headers.find(([one]) => one === name)?.[1] ?? 0);
  return { attempt: numberOf("Reelay-Attempt"), seconds: numberOf("webhook-timestamp"), bytes: body.length };
}

/** How the headers that differ follow from a delivery and its numbers, by their names in lower case. */
const filled: Readonly<Record<string, (delivery: Delivery, numbers: SentNumbers) => string>> = {
  "content-length": (_delivery, { bytes }) => String(bytes),
  "content-type": (delivery) => multipartTypeOf(delivery),
  "webhook-id": ({ id }) => id,
  "webhook-timestamp": (_delivery, { seconds }) => String(seconds),
  "reelay-event-time": ({ eventTime }) => new Date(eventTime).toISOString(),
  "reelay-attempt": (_delivery, { attempt }) => String(attempt),
};

/** Of hooks as they are: a hook that was changed is another object. */
const known = new WeakMap<Hook, AttemptForm>();

/** @returns undefined for a custom request, of which any part may differ */
export function attemptForm(hook: Hook, request: WebhookRequest): AttemptForm | undefined {
  if (hook.format === "custom") return undefined;
  let form = known.get(hook);
  if (form === undefined) {
    form = formOf(request, hook.format === "json" ? ["content-type"] : []);
    known.set(hook, form);
  }
  return form;
}

/** @param same headers that could differ and do not, with this format */
function formOf(request: WebhookRequest, same: readonly string[]): AttemptForm {
  const { method, origin, headers } = requestShown(request);
  const differs = (name: string) => name in filled && !same.includes(name);
  const form: FormRequest = {
    method,
    origin,
    headers: headers.map(([name, value]) => [name, differs(name.toLowerCase()) ? null : value]),
  };
  const text = JSON.stringify(form);
  return { id: Number.parseInt(hash("sha256", text).slice(0, 12), 16), text };
}

/** The request as it went out, less what is secret. */
export function filledForm(text: string, delivery: Delivery, numbers: SentNumbers): ShownRequest {
  const { method, origin, headers } = JSON.parse(text) as FormRequest;
  return {
    method,
    origin,
    headers: headers.map(([name, value]) => [name, value ?? filled[name.toLowerCase()]?.(delivery, numbers) ?? ""]),
    bytes: numbers.bytes,
  };
}
