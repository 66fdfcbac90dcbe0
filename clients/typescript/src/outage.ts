/** How long it is borne that a server is away, by what goes on for long anyway: a stream, and waiting for a goal. */

import { ApiError, RateLimited, ServerError, Unreachable } from "./errors.js";
import { backoff } from "./retries.js";

const FIVE_MINUTES_MS = 300_000;

/** Failures that follow on each other. */
export class Outage {
  #since: number | undefined;
  #failures = 0;
  readonly #longestMs: number;
  readonly #longestWaitMs: number;

  /** `longestMs`: of nothing but failures; `longestWaitMs`: the longest Retry-After that is waited for. */
  constructor(longestMs: number | undefined, longestWaitMs: number) {
    this.#longestMs = longestMs ?? FIVE_MINUTES_MS;
    this.#longestWaitMs = longestWaitMs;
  }

  /** Whether the last thing that came was a failure. */
  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** The server has shown that it is there. */
  end(): void {
    this.#since = undefined;
    this.#failures = 0;
  }

  /** In how many ms to ask again. Throws `error` where that is no use, and where it has been failures for too long. */
  pauseAfter(error: unknown): number {
    this.#since ??= Date.now();
    this.#failures += 1;
    const toldMs = (error instanceof ApiError ? (error.retryAfter ?? 0) : 0) * 1000;
    const isTooLong = toldMs > this.#longestWaitMs || Date.now() - this.#since >= this.#longestMs;
    if (isTooLong || !mayPass(error)) throw error;
    return Math.max(backoff(this.#failures), toldMs);
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof Unreachable || error instanceof ServerError || error instanceof RateLimited;
}
