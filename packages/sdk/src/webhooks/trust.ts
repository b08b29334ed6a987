import { WebhookError } from "./errors.ts";
import { checkTime, isSecret, isSigned, signingKey } from "./signature.ts";
import type { WebhookInput, WebhookReceiverOptions, WebhookTrust } from "./types.ts";

/** Decides whether a request comes from whom it should. */
export interface Trust {
  /** Whether the bytes of the body will be needed: what a body parser left does not do then. */
  readonly needsBytes: (headers: WebhookInput["headers"]) => boolean;
  /** @throws WebhookError for a request that is not trusted */
  check(
    input: Omit<WebhookInput, "body"> & { readonly body: Uint8Array | undefined },
    now: number,
  ): Promise<WebhookTrust>;
  /** @throws WebhookError for a server that is not allowed */
  checkServer(uuid: string | undefined): void;
}

/** @throws TypeError for a signing secret that is none */
export function trustOf(options: WebhookReceiverOptions): Trust {
  const { toleranceSeconds = 300 } = options;
  const keys = listOf(options.signingSecrets).map(signingKey);
  const secrets = listOf(options.secret);
  const servers = listOf(options.allowServers);

  const needsBytes = (headers: WebhookInput["headers"]) =>
    keys.length > 0 && headerOf(headers, "webhook-signature") !== undefined;

  return {
    needsBytes,
    async check({ headers, url, body }, now) {
      const signature = headerOf(headers, "webhook-signature");
      if (keys.length > 0 && signature !== undefined && body !== undefined) {
        const id = headerOf(headers, "webhook-id") ?? "";
        const timestamp = headerOf(headers, "webhook-timestamp") ?? "";
        if (!(await isSigned(keys, signature, { id, timestamp, body })))
          throw new WebhookError("bad-signature", "The signature fits none of the signing secrets.");
        // Only of a time that is signed it can be said that it is old.
        checkTime(timestamp, now, toleranceSeconds);
        return "signature";
      }
      if (secrets.length > 0) {
        for (const candidate of secretsIn(url ?? "")) if (await isSecret(candidate, secrets)) return "secret";
        throw new WebhookError("wrong-secret", "The URL does not hold the secret of this receiver.");
      }
      if (keys.length > 0) throw new WebhookError("not-signed", "The request is not signed.");
      return servers.length === 0 ? "none" : "server";
    },
    checkServer(uuid) {
      if (servers.length === 0 || (uuid !== undefined && servers.includes(uuid))) return;
      throw new WebhookError("unknown-server", "The delivery is of a server that is not allowed here.");
    },
  };
}

/** What in a URL may be the secret. Not read by `URL`: to it `//secret` is a host, and `//` no URL at all. */
function secretsIn(url: string): string[] {
  const [address = ""] = url.slice(0, 8192).split("#", 1);
  const [path = "", ...query] = address.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?]*/i, "").split("?");
  const searchParams = new URLSearchParams(query.join("?"));
  const parts = path.split("/").filter((part) => part !== "");
  const decoded = parts.map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return [...searchParams.getAll("secret"), ...searchParams.getAll("token"), ...decoded].slice(0, 64);
}

/** One header, whichever way they are held. */
export function headerOf(headers: WebhookInput["headers"], name: string): string | undefined {
  if (headers instanceof Headers || typeof headers.get === "function")
    return (headers as Headers).get(name) ?? undefined;
  const [, value] =
    Object.entries(headers as Readonly<Record<string, string | readonly string[] | undefined>>).find(
      ([key]) => key.toLowerCase() === name,
    ) ?? [];
  return typeof value === "string" ? value : value?.[0];
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as readonly T[];
}
