import {
  isJsonObject,
  type JsonObject,
  type MultipartHead,
  MultipartParser,
  multipartBoundaryOf,
} from "@reelay/protocol";
import { z } from "zod";
import { ReelayError } from "../support/index.ts";
import { type About, NO_PLAYER, readItem, snapshotOf } from "./about.ts";
import { OWNER_THERE } from "./read-fields.ts";

/** Of the JSON document, bytes. The picture beside it is read over. */
const LONGEST_PAYLOAD = 512 * 1024;

const text = z.string().max(1_000);
const envelope = z.object({
  event: z.string().max(100),
  user: z.boolean().optional(),
  owner: z.boolean().optional(),
  rating: z.union([z.number(), z.string().max(20).transform(Number)]).optional(),
  Account: z.object({ id: z.int().min(0), title: text.default(""), thumb: text.optional() }),
  Server: z.object({ uuid: text }),
  Player: z
    .object({ uuid: text, title: text.default(""), local: z.boolean().optional(), publicAddress: text.default("") })
    .optional(),
});

/** What a Plex server with Plex Pass says of what happened. */
export interface PlexWebhook {
  /** `media.play` … */
  readonly event: string;
  /** Machine identifier of the server that sends it. */
  readonly server: string;
  readonly rating: number | undefined;
  /** The item, as the library has it. */
  readonly metadata: JsonObject;
  readonly about: About;
}

/** @throws REELAY_BAD_REQUEST for what no Plex server sends */
export function readPlexWebhook(contentType: string, body: unknown): PlexWebhook {
  const document = Buffer.isBuffer(body) ? payloadOf(contentType, body) : undefined;
  const parsed = envelope.safeParse(document);
  if (!parsed.success || !isJsonObject(document)) {
    throw new ReelayError("REELAY_BAD_REQUEST", "The body is no webhook of a Plex server.");
  }
  const { event, rating, user, owner, Account, Server, Player } = parsed.data;
  const metadata = isJsonObject(document.Metadata) ? document.Metadata : {};
  const item = readItem(metadata);
  const { local, ...player } = Player ?? { uuid: "", title: "", publicAddress: "" };
  const isKnown = { item: item !== undefined, account: true, player: local !== undefined };
  return {
    event,
    server: Server.uuid,
    rating: rating !== undefined && Number.isFinite(rating) ? rating : undefined,
    metadata,
    about: {
      sessionId: "",
      item: item ?? { sectionId: 0, itemId: 0, metadataType: 0, updatedAt: 0, title: "" },
      account: {
        // Newer servers name their owner by the account at plex.tv here, and by 1 wherever else.
        id: user === true && owner === true ? OWNER_THERE : Account.id,
        title: Account.title,
        ...(Account.thumb === undefined ? {} : { thumb: Account.thumb }),
      },
      player: { ...NO_PLAYER, ...player, local: local ?? false },
      unknown: (["item", "account", "player"] as const).filter((part) => !isKnown[part]),
      snapshot: snapshotOf(metadata),
    },
  };
}

function payloadOf(contentType: string, body: Buffer): unknown {
  const boundary = multipartBoundaryOf(contentType);
  if (boundary === undefined) return undefined;
  const isPayload = ({ name }: MultipartHead) => name === "payload";
  const parser = new MultipartParser(boundary, {
    maxPartBytes: (head) => (isPayload(head) ? LONGEST_PAYLOAD : "skip"),
  });
  const parts = parser.push(body);
  const end = parser.end();
  if (!parts.ok || !end.ok) return undefined;
  const payload = parts.value.find(isPayload);
  try {
    return payload && JSON.parse(Buffer.from(payload.data).toString("utf8"));
  } catch {
    return undefined;
  }
}
