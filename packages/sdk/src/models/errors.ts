/** Where an HTTP error comes from. */
export interface HttpMeta {
  readonly response: Response;
  readonly request: Request;
  readonly body: string;
}

/** The server answered, but not with what was asked for. */
export class PlexAPIError extends Error {
  override name = "PlexAPIError";
  readonly statusCode: number;
  /** The answer's text, cut to 64 KiB. */
  readonly body: string;
  readonly headers: Headers;
  /** `""` if the answer had none. */
  readonly contentType: string;
  readonly rawResponse: Response;
  /** What was asked. Its headers hold the token, so it is not shown when the error is printed. */
  declare readonly request: Request;

  constructor(message: string, { response, request, body }: HttpMeta) {
    super(message);
    Object.defineProperty(this, "request", { value: request });
    this.statusCode = response.status;
    this.body = body;
    this.headers = response.headers;
    this.contentType = response.headers.get("content-type") ?? "";
    this.rawResponse = response;
  }
}

/** The server refused: any 4XX or 5XX, of both calls. */
export class SDKError extends PlexAPIError {
  override name = "SDKError";
}

/** The server did not refuse, but its answer is no stream of notifications. */
export class ResponseValidationError extends PlexAPIError {
  override name = "ResponseValidationError";
}

/** The call's arguments are not what they must be. Nothing was sent. */
export class SDKValidationError extends Error {
  override name = "SDKValidationError";
  /** The value that was refused. */
  readonly rawValue: unknown;
  /** The message without its reason. */
  readonly rawMessage: string;

  constructor(message: string, reason: string, rawValue: unknown) {
    super(`${message}: ${reason}`);
    this.rawValue = rawValue;
    this.rawMessage = message;
  }

  /** The message for people. */
  pretty(): string {
    return this.message;
  }
}

/** There is no answer, or no further one. `cause` is what the runtime said. */
export class HTTPClientError extends Error {
  override name = "HTTPClientError";
}

/** The server was not reached, or the connection to it was lost. */
export class ConnectionError extends HTTPClientError {
  override name = "ConnectionError";
}

/** The caller's signal ended it. */
export class RequestAbortedError extends HTTPClientError {
  override name = "RequestAbortedError";
}

/** No answer within `timeoutMs`. */
export class RequestTimeoutError extends HTTPClientError {
  override name = "RequestTimeoutError";
}

/** The request cannot be made or sent as it is. */
export class InvalidRequestError extends HTTPClientError {
  override name = "InvalidRequestError";
}

/** Anything that has no class of its own, such as what a hook has thrown. */
export class UnexpectedClientError extends HTTPClientError {
  override name = "UnexpectedClientError";
}

/** All that a call can fail with. */
export type CallError = SDKError | ResponseValidationError | SDKValidationError | HTTPClientError;

/** Something on an open stream that could not be read. It was skipped; the stream goes on. */
export class NotificationFormatError extends Error {
  override name = "NotificationFormatError";
  /** What is wrong with it: `not-json`, `not-a-notification`, `bad-entry`, `too-large`, `bad-frame`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
