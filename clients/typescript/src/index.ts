export { Client, type ClientOptions } from "./client.js";
export type { MemoryFilter } from "./account.js";
export type { Asking, Page, Writing } from "./door.js";
export {
  ApiError,
  Conflict,
  Forbidden,
  Invalid,
  InvalidSignature,
  NotFound,
  PaymentRequired,
  RateLimited,
  ServerError,
  StreamEnded,
  TimeoutError,
  Unauthorized,
  Unreachable,
} from "./errors.js";
export type { Event, EventOptions, Reconnection } from "./events.js";
export { Goal, type GoalFields, type GoalQuery, type GoalState, type Log, type WaitOptions } from "./goals.js";
export { type HeadersLike, verifyWebhook } from "./webhooks.js";
export * as operations from "./generated/sdk.gen.js";
export type * as types from "./generated/types.gen.js";
