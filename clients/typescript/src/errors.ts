/** What goes wrong, as errors to catch: the API's refusals with its own words, and a server that cannot be reached. */

import type { Problem } from "./generated/types.gen.js";

/** An answer of 400 or above. `name` is the API's word for it (`not_found`), `message` says what to do. */
export class ApiError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** The same number as the body says it. */
  readonly code: number;
  /** The receipt of the request, `rcp_...`: what support asks for. Empty when a proxy answered. */
  readonly receipt: string;
  /** Per field, what is wrong with it. */
  readonly errors: Record<string, string[]>;
  /** In how many seconds to ask again, where the answer says so. */
  readonly retryAfter: number | undefined;
  /** The whole answer; some refusals say more, a 402 the plan that lifts the limit. */
  readonly data: unknown;

  constructor(response: Response, data: unknown, advice = "") {
    const { message, name, code, receipt, errors } = problemOf(data);
    super(`${message ?? `HTTP ${response.status} ${response.statusText}`.trim()}${advice}`);
    this.name = name ?? "http_error";
    this.status = response.status;
    this.code = code ?? response.status;
    this.receipt = receipt ?? response.headers.get("X-Receipt") ?? "";
    this.errors = errors ?? {};
    this.retryAfter = retryAfter(response);
    this.data = data;
  }
}

/** What of an answer is as the API writes it: a proxy's may be anything. */
function problemOf(data: unknown) {
  const said = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const hasFields = typeof said.errors === "object" && said.errors !== null && !Array.isArray(said.errors);
  return {
    message: text(said.message),
    name: text(said.name),
    receipt: text(said.receipt),
    code: typeof said.code === "number" ? said.code : undefined,
    errors: hasFields ? (said.errors as Problem["errors"]) : undefined,
  };
}

/** 400, 413, 415, 422: the request makes no sense; `errors` names the fields. */
export class Invalid extends ApiError {}
/** 401: no key, or one that is unknown, expired or revoked. */
export class Unauthorized extends ApiError {}
/** 402: a ceiling of the plan, or an invoice that is not paid. */
export class PaymentRequired extends ApiError {}
/** 403: the role, or the key's scopes, do not allow it. */
export class Forbidden extends ApiError {}
/** 404: nothing with this id, or it is another account's. */
export class NotFound extends ApiError {}
/** 409: not possible in the state it is in, or an idempotency key that had another body. */
export class Conflict extends ApiError {}
/** 429, and waiting was no use or too long: see `retryAfter`. */
export class RateLimited extends ApiError {}
/** 500 and above. */
export class ServerError extends ApiError {}

/**
 * No answer of the API came: nobody listens, the network is down, it took longer than `timeoutMs` (`cause` has the
 * reason), or something else answered, a proxy's page perhaps.
 */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** `goal.wait({ timeoutMs })` was over before the goal. The goal runs on. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** The server ended a stream of events for good; `reason` is its word for why. */
export class StreamEnded extends Error {
  override readonly name = "StreamEnded";
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(`${message} (${reason})`);
    this.reason = reason;
  }
}

/** A webhook request that is not genuine, or too old. */
export class InvalidSignature extends Error {
  override readonly name = "InvalidSignature";
}

const BY_STATUS: Record<number, typeof ApiError> = {
  400: Invalid,
  401: Unauthorized,
  402: PaymentRequired,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  413: Invalid,
  415: Invalid,
  422: Invalid,
  429: RateLimited,
};

/** The error of an answer. `data` is what it says, parsed where it is JSON. */
export function errorOf(response: Response, data: unknown, baseUrl: string): ApiError {
  const Kind = BY_STATUS[response.status] ?? (response.status >= 500 ? ServerError : ApiError);
  return new Kind(response, data, response.status === 401 ? adviceFor401(baseUrl) : "");
}

function adviceFor401(baseUrl: string): string {
  return ` Make a key at ${baseUrl}/dashboard/keys and give it as apiKey, or in the environment as EXO_API_KEY.`;
}

/** The seconds of `Retry-After`; undefined where there is none that can be read. */
export function retryAfter(response: Response): number | undefined {
  const said = response.headers.get("Retry-After") ?? "";
  if (/^[0-9]{1,9}$/.test(said)) return Number(said);
  const moment = Date.parse(said); // a proxy may say when, instead of in how many seconds
  return Number.isNaN(moment) ? undefined : Math.max(0, (moment - Date.now()) / 1000);
}
