import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { failure, ok, type Result } from "./result.ts";
import type { ReceivedMetadata, ReceivedPlayer, ReceivedWebhook, UnknownWebhook } from "./webhook-received.ts";
import { type WebhookEventName, webhookEvents } from "./webhook-types.ts";

/** What one payload says: the document as it came, and in the form of this package. */
export interface ParsedWebhook {
  readonly webhook: ReceivedWebhook | UnknownWebhook;
  /** The document itself. */
  readonly json: JsonObject;
}

/** True for an event of this version's list, whose parts are then typed. */
export function isKnownWebhook(webhook: ReceivedWebhook | UnknownWebhook): webhook is ReceivedWebhook {
  return Object.hasOwn(webhookEvents, webhook.event);
}

const TEXTS = [
  ...["type", "title", "key", "guid", "parentTitle", "grandparentTitle", "originalTitle"],
  ...["librarySectionType", "librarySectionTitle", "summary", "thumb"],
];
const TEXT_IDS = ["ratingKey", "parentRatingKey", "grandparentRatingKey"];
const NUMBERS = ["librarySectionID", "index", "parentIndex", "year", "duration", "viewOffset"];
/** Objects and lists within each other. The deepest that servers send has four. */
const MOST_LEVELS = 64;

/**
 * Reads the JSON of a webhook, leniently: all that it must have is the name of an event. Numbers and texts are converted where servers have
 * written both; what has another type counts as absent.
 */
export function parseWebhookPayload(payload: string | JsonObject): Result<ParsedWebhook> {
  const json = typeof payload === "string" ? parseJson(payload) : payload;
  if (json === undefined) return failure("not-json", "The payload is not JSON.");
  if (!isJsonObject(json) || typeof json.event !== "string" || json.event === "")
    return failure("not-a-webhook", "The payload is JSON, but not an object that names its event.");
  if (isDeeper(json, MOST_LEVELS))
    return failure("not-a-webhook", `The payload is nested deeper than ${MOST_LEVELS} levels.`);
  const { event } = json;
  const kind = Object.hasOwn(webhookEvents, event) ? webhookEvents[event as WebhookEventName] : undefined;
  const rating = numberOf(json.rating);
  const player = isJsonObject(json.Player) ? playerOf(json.Player) : kind?.player ? {} : undefined;
  const metadata = isJsonObject(json.Metadata) ? metadataOf(json.Metadata) : kind?.metadata ? {} : undefined;
  const webhook = {
    ...(rating === undefined ? {} : { rating }),
    event,
    user: json.user === true,
    owner: json.owner === true,
    Account: partOf(json.Account, { id: numberOf, title: textOf, thumb: textOf }),
    Server: partOf(json.Server, { title: textOf, uuid: textOf }),
    ...(player && { Player: player }),
    ...(metadata && { Metadata: metadata }),
  };
  return ok({ webhook: webhook as ReceivedWebhook | UnknownWebhook, json });
}

/** What is nested without end can be parsed, but not written again: that overflows the stack of whoever tries. */
function isDeeper(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function playerOf(player: JsonObject): ReceivedPlayer {
  return partOf(player, { local: flagOf, publicAddress: textOf, title: textOf, uuid: textOf });
}

function metadataOf(item: JsonObject): ReceivedMetadata {
  const entries = Object.entries(item).flatMap(([key, value]): [string, JsonValue][] => {
    const read = TEXTS.includes(key)
      ? textOf(value)
      : TEXT_IDS.includes(key)
        ? idOf(value)
        : NUMBERS.includes(key)
          ? numberOf(value)
          : value;
    return read === undefined ? [] : [[key, read]];
  });
  return Object.fromEntries(entries);
}

type Readers = Readonly<Record<string, (value: JsonValue | undefined) => JsonValue | undefined>>;

function partOf<R extends Readers>(value: JsonValue | undefined, readers: R) {
  const part = isJsonObject(value) ? value : {};
  const read = Object.entries(readers).map(([key, reader]) => [key, reader(part[key])] as const);
  return Object.fromEntries(read.filter(([, one]) => one !== undefined)) as {
    readonly [K in keyof R]?: Exclude<ReturnType<R[K]>, undefined>;
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function idOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "number" ? String(value) : textOf(value);
}

function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}

function flagOf(value: JsonValue | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}
