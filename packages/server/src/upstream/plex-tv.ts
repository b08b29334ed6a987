import { z } from "zod";
import { UpstreamClient, UpstreamError } from "./client.ts";

/** A code that a person enters to let this program in. */
export interface Pin {
  readonly id: number;
  /** Four letters. */
  readonly code: string;
}

export interface ServerAddress {
  /** `https` by the name of its certificate, or plain `http`. */
  readonly url: string;
  /** In the network of the server itself. */
  readonly local: boolean;
}

/** A server that the account may use. */
export interface AccountServer {
  readonly name: string;
  readonly machineIdentifier: string;
  /** For this server alone. */
  readonly token: string;
  readonly owned: boolean;
  /** The best first. */
  readonly addresses: readonly ServerAddress[];
}

const pinSchema = z.object({ id: z.int().positive(), code: z.string().regex(/^[A-Z0-9]{4,64}$/i) });
const claimedSchema = z.object({ authToken: z.string().min(1).nullable().optional() });
const connectionSchema = z.object({
  protocol: z.string(),
  address: z.string().max(255),
  port: z.int().min(1).max(65_535),
  uri: z.string().max(500),
  local: z.boolean(),
  relay: z.boolean().default(false),
});
const resourceSchema = z.object({
  name: z.string().min(1).max(200),
  provides: z.string(),
  clientIdentifier: z.string().regex(/^[\w.-]{1,100}$/),
  owned: z.boolean().default(false),
  accessToken: z.string().min(1).nullable().optional(),
  connections: z.array(connectionSchema).max(100).default([]),
});

/** The part of plex.tv that lets a person link a program with an account: the PIN, and the account's servers. */
export class PlexTv {
  readonly #client: UpstreamClient;

  /** @param url `https://plex.tv`, or a stand-in */
  constructor(url: string, clientIdentifier: string) {
    this.#client = new UpstreamClient(url, clientIdentifier);
  }

  /** Where a person enters the code. */
  get page(): string {
    return `${this.#client.url}/link`;
  }

  /** @throws UpstreamError */
  async newPin(): Promise<Pin> {
    return parse(pinSchema, await this.#ask("/api/v2/pins", { method: "POST" }));
  }

  /** The account's token once the code was entered; undefined until then. @throws UpstreamError, not-found when the code has expired */
  async tokenOf({ id }: Pin): Promise<string | undefined> {
    return parse(claimedSchema, await this.#ask(`/api/v2/pins/${id}`)).authToken ?? undefined;
  }

  /** @throws UpstreamError */
  async servers(token: string): Promise<readonly AccountServer[]> {
    this.#client.token = token;
    const resources = parse(z.array(z.unknown()), await this.#ask("/api/v2/resources?includeHttps=1&includeRelay=1"));
    return resources.flatMap((resource): AccountServer[] => {
      // One entry that cannot be read hides none of the others.
      const { success, data } = resourceSchema.safeParse(resource);
      if (!success || !data.provides.split(",").includes("server")) return [];
      const { name, clientIdentifier: machineIdentifier, owned, accessToken, connections } = data;
      return [{ name, machineIdentifier, owned, token: accessToken ?? token, addresses: addressesOf(connections) }];
    });
  }

  async #ask(path: string, options: { readonly method?: "POST" } = {}): Promise<unknown> {
    const { status, body } = await this.#client.ask(path, {
      ...options,
      headers: { accept: "application/json" },
      timeoutMs: 10_000,
    });
    if (status === 404) throw new UpstreamError("not-found", "It has no such thing.");
    if (status === 401 || status === 403) throw new UpstreamError("refused", `It answers ${status}.`);
    if (status !== 200 && status !== 201) throw new UpstreamError("unreachable", `It answers ${status}.`);
    try {
      return JSON.parse(body.toString("utf8"));
    } catch (error) {
      throw new UpstreamError("unreadable", "Its answer is no JSON.", error);
    }
  }
}

/** In the own network first, there also without encryption, where routers keep its name from being found; by relay last. */
function addressesOf(connections: readonly z.output<typeof connectionSchema>[]): ServerAddress[] {
  const rank = ({ local, relay }: { local: boolean; relay: boolean }) => (relay ? 2 : local ? 0 : 1);
  const found = [...connections]
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(({ uri, address, port, local, protocol }): ServerAddress[] => {
      const host = address.includes(":") ? `[${address}]` : address;
      const plain = local && protocol === "https" ? [{ url: `http://${host}:${port}`, local }] : [];
      return [{ url: uri.replace(/\/$/, ""), local }, ...plain];
    })
    .filter(({ url }) => /^https?:\/\/[^/?#@]+$/.test(url));
  return [...new Map(found.map((address) => [address.url, address])).values()];
}

/**
 * The first address at which this very server answers; each is asked for its name without the token, which is sent only
 * to the right one.
 * @throws UpstreamError `refused` if it does not take its token
 */
export async function reachableAddress(
  server: AccountServer,
  clientIdentifier: string,
): Promise<ServerAddress | undefined> {
  for (const address of server.addresses) {
    const client = new UpstreamClient(address.url, clientIdentifier);
    const there = await client.identity().catch(() => undefined);
    if (there?.machineIdentifier !== server.machineIdentifier) continue;
    client.token = server.token;
    await client.friendlyName();
    return address;
  }
  return undefined;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UpstreamError("unreadable", "Its answer is not what plex.tv answers.", parsed.error);
}
