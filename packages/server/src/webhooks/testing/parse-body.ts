/** The JSON document of a request, out of Plex's multipart or alone. */
export function parseWebhookPayload(body: Buffer, contentType: string): Record<string, unknown> {
  if (!contentType.startsWith("multipart/")) return body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  const from = body.indexOf("\r\n\r\n") + 4;
  return JSON.parse(body.toString("utf8", from, body.indexOf("\r\n--", from)));
}
