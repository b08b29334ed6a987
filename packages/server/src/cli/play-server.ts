import { parseMediaContainerXml, parseXml, type XmlMediaContainer } from "@reelay/protocol";
import { type ErrorCode, errorCatalogue, ReelayError, systemCode } from "../support/index.ts";
import { fetchFrom, type ServerAddress, tokenHeader } from "./api.ts";

/** How long a server may take to answer a player. */
const ANSWER_MS = 10_000;

/** A media server as its players know it: XML and `X-Plex-…` headers, nothing of Reelay's own. */
export class PlayServer {
  readonly #find: () => ServerAddress | undefined;
  #address: ServerAddress;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #parameters: readonly (readonly [string, string])[];

  /**
   * @param find asked before each request, because a server that was restarted may have another token or port; undefined while there is
   * none: then the last one is tried
   * @param player how the player names itself, by `X-Plex-…` names: as headers, or in the query where headers are too narrow
   */
  constructor(address: ServerAddress, find: () => ServerAddress | undefined, player: Readonly<Record<string, string>>) {
    const entries = Object.entries(player);
    const fits = ([, value]: readonly [string, string]) => /^[\x20-\x7e]*$/.test(value);
    this.#address = address;
    this.#find = find;
    this.#headers = Object.fromEntries(entries.filter(fits));
    this.#parameters = entries.filter((entry) => !fits(entry));
  }

  /** The container that a GET answers with. @throws REELAY_SERVER_UNREACHABLE, or the error that the server tells */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<XmlMediaContainer> {
    this.#address = this.#find() ?? this.#address;
    const url = new URL(this.#address.url + path);
    for (const [name, value] of [...this.#parameters, ...Object.entries(query)]) url.searchParams.set(name, value);
    const response = await this.#fetch(url);
    if (!response.ok) throw await errorIn(response, url);
    const parsed = parseMediaContainerXml(await response.text());
    if (parsed.ok) return parsed.value.container;
    throw new ReelayError("REELAY_SERVER_UNREACHABLE", `${url.origin} answers with what is no MediaContainer.`);
  }

  async #fetch(url: URL): Promise<Response> {
    try {
      return await fetchFrom(this.#address)(url, {
        headers: { ...this.#headers, ...tokenHeader(this.#address), accept: "application/xml, text/xml;q=0.9" },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch (error) {
      const reason = systemCode(error instanceof Error ? error.cause : error) ?? (error as Error).name;
      throw new ReelayError("REELAY_SERVER_UNREACHABLE", `${url.origin} does not answer (${reason}).`, {
        cause: error,
      });
    }
  }
}

/** Reelay's errors have codes, in XML too; of another server only the status says something. */
async function errorIn(response: Response, { origin }: URL): Promise<ReelayError> {
  const code = response.headers.get("x-reelay-error") ?? "";
  const parsed = parseXml(await response.text());
  if (isErrorCode(code)) return new ReelayError(code, parsed.ok ? parsed.value.attributes.get("detail") : undefined);
  if (response.status === 401) return new ReelayError("REELAY_UNAUTHORIZED");
  if (response.status === 404) return new ReelayError("REELAY_NOT_FOUND");
  if (response.status === 429) return new ReelayError("REELAY_TOO_MANY_REPORTS");
  return new ReelayError("REELAY_SERVER_UNREACHABLE", `${origin} answers ${response.status}.`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/** The entries of a container's `Metadata`, `Directory` and so on. */
export function childrenOf(container: XmlMediaContainer, name: string): readonly XmlMediaContainer[] {
  const value = container[name];
  return typeof value === "object" ? value : [];
}

/** An attribute; undefined when it is missing. */
export function attribute(container: XmlMediaContainer, name: string): string | undefined {
  const value = container[name];
  return typeof value === "string" ? value : undefined;
}
