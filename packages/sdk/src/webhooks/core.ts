import type { JsonObject, WebhookThumb } from "@reelay/protocol";
import type { DiskFile } from "./disk-file.ts";
import type { WebhookInput } from "./types.ts";

/** What a body parser made of a request. */
export interface ParsedBody {
  readonly payload: string | JsonObject;
  readonly thumb?: WebhookThumb;
  /** Instead of the picture: where it is. */
  readonly thumbFile?: DiskFile;
  /** Instead of the payload, which is `""` then. */
  readonly payloadFile?: DiskFile;
}

/** What a door got of a request. */
export type Arrived = Omit<WebhookInput, "body"> & { readonly body: Uint8Array | ParsedBody };

/** What the doors of a receiver work with. */
export interface Core {
  /** Longest body that can be within the limits. */
  readonly maxBytes: number;
  readonly maxPayloadBytes: number;
  /** Largest picture; null if none is wanted. */
  readonly maxThumbBytes: number | null;
  /** The answer goes out before the handlers are done. */
  readonly acknowledgesFirst: boolean;
  /** Whether a request's signature will be checked, which only its bytes allow. */
  readonly needsBytes: (headers: WebhookInput["headers"]) => boolean;
  /**
   * Takes a request.
   * @returns whether its handlers did well, when they are done; null if there was nothing for them to do
   * @throws WebhookError for one that is refused
   */
  take(arrived: Arrived): Promise<{ readonly done: Promise<boolean> } | null>;
  report(error: unknown): Promise<void>;
}
