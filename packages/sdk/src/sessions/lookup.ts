import { isJsonObject, parseMediaContainerXml } from "@reelay/protocol";
import { withDeadline } from "../client/deadline.ts";
import { answerError } from "../client/response.ts";
import { currentToken, toRequest } from "../client/target.ts";
import type { PlexAPICore } from "../core.ts";
import { NotificationFormatError } from "../models/errors.ts";

type Fields = Readonly<Record<string, unknown>>;

const LOOKUP_MS = 10_000;
const LONGEST_ANSWER = 8 * 1024 * 1024;

/**
 * A REST document of the server, whether it answers in JSON or in XML.
 * @throws CallError; NotificationFormatError for what is neither
 */
export async function lookUp(client: PlexAPICore, path: string, signal: AbortSignal): Promise<Fields> {
  const token = await currentToken(client);
  const accept = "application/json, application/xml;q=0.5";
  const request = toRequest({ client, request: {}, options: {}, path, accept, token });
  return withDeadline(request.url, { signal, timeoutMs: LOOKUP_MS }, async (deadline) => {
    const response = await client._httpClient.request(new Request(request, { signal: deadline }));
    if (response.status !== 200) throw await answerError(response, request, token);
    return readContainer(await readText(response));
  });
}

/** The `MediaContainer` of a document. */
function readContainer(text: string): Fields {
  if (text.trimStart().startsWith("<")) {
    const xml = parseMediaContainerXml(text);
    if (xml.ok) return xml.value.container;
    throw new NotificationFormatError(xml.error.code, `${xml.error.message}.`);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new NotificationFormatError("not-json", "The server's answer is neither JSON nor XML.");
  }
  const container = isJsonObject(document) ? document.MediaContainer : undefined;
  if (!isJsonObject(container))
    throw new NotificationFormatError("not-json", "The server's answer is no MediaContainer.");
  return container;
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = response.body?.getReader();
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > LONGEST_ANSWER) {
      void reader?.cancel().catch(() => undefined);
      throw new NotificationFormatError("too-large", "The server's answer is longer than 8 MiB.");
    }
  }
}
