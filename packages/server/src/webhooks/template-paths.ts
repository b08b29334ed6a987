import {
  nearestOf,
  type WebhookAccount,
  type WebhookPayload,
  type WebhookPlayer,
  type WebhookServer,
} from "@reelay/protocol";
import { type Template, TemplateError } from "./template.ts";

type Keys<T> = Readonly<Record<keyof T, true>>;

const account: Keys<WebhookAccount> = { id: true, thumb: true, title: true };
const server: Keys<WebhookServer> = { title: true, uuid: true };
const player: Keys<WebhookPlayer> = { local: true, publicAddress: true, title: true, uuid: true };

/** The parts of payloads, each with its own parts: none where it is a single value, undefined where any may be. */
const parts: Readonly<Record<keyof WebhookPayload, object | undefined>> = {
  ...{ rating: {}, event: {}, user: {}, owner: {} },
  ...{ Account: account, Server: server, Player: player },
  Metadata: undefined,
};

/**
 * Refuses a path that leads nowhere in any payload: a mistake, which else only the record of a delivery would tell.
 * @throws TemplateError
 */
export function requireKnownPaths({ parts: all }: Template): void {
  for (const part of all) if (typeof part !== "string") requireKnown(part.path, part.keys);
}

function requireKnown(path: string, [first = "", second]: readonly string[]): void {
  if (!Object.hasOwn(parts, first)) throw new TemplateError(`{{${path}}}: no payload has ${first}${meant(first)}`);
  const within = parts[first as keyof WebhookPayload];
  if (within === undefined || second === undefined || Object.hasOwn(within, second)) return;
  const known = Object.keys(within);
  const what = known.length === 0 ? `${first} has no parts` : `${first} has only ${known.join(", ")}`;
  throw new TemplateError(`{{${path}}}: ${what}`);
}

function meant(name: string): string {
  const nearest = nearestOf(name, Object.keys(parts));
  return nearest === undefined
    ? `; what items have is under Metadata, such as Metadata.title`
    : ` (did you mean ${nearest}?)`;
}
