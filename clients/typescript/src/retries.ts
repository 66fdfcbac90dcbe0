/** A `fetch` that asks again where asking again helps, and sends every write with one Idempotency-Key however often. */

import { EVENTS, kindOf } from "./answers.js";
import { Unreachable, retryAfter } from "./errors.js";

export interface Patience {
  fetch: typeof fetch;
  /** How often a request is sent at most. */
  tries: number;
  /** How long one try may take. */
  timeoutMs: number;
  /** What is waited at most because the server said so (Retry-After); beyond that the error is thrown at once. */
  longestWaitMs: number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const PASSING = [500, 502, 503, 504]; // of a 500 the server keeps nothing, and a write has its key
const LONGEST_TIMER_MS = 2 ** 31 - 1; // a longer one goes off at once
const WITHOUT_BODY = [204, 205, 304];
const KEY = "Idempotency-Key";

/** `fetch` with patience. Throws Unreachable, or the signal's reason; an answer that stays an error is returned. */
export function persistent(patience: Patience): typeof fetch {
  return async (input, init) => {
    const request = withKey(new Request(input, init));
    let failures = 0;
    let waitedMs = 0; // for an earlier try of ours to be answered; that is no failure
    for (;;) {
      const outcome = await tryOnce(request, patience);
      const isInFlight = outcome instanceof Response && outcome.status === 409 && retryAfter(outcome) !== undefined;
      failures += isInFlight ? 0 : 1;
      const pause = pauseAfter(outcome, failures);
      const isEnough = failures >= patience.tries || waitedMs + (pause ?? 0) > patience.longestWaitMs;
      if (pause === undefined || isEnough) {
        if (outcome instanceof Unreachable) throw outcome;
        return outcome;
      }
      waitedMs += isInFlight ? pause : 0;
      await sleep(pause, request.signal);
    }
  };
}

/** A write's key is made once, here, so that all its tries are one to the server. */
function withKey(request: Request): Request {
  if (!["GET", "HEAD"].includes(request.method) && !request.headers.has(KEY)) request.headers.set(KEY, randomKey());
  return request;
}

function randomKey(): string {
  // Not randomUUID, which browsers have on https only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function tryOnce(request: Request, patience: Patience): Promise<Response | Unreachable> {
  const late = new AbortController();
  const timer = after(patience.timeoutMs, () => late.abort(new Error(`no answer in ${patience.timeoutMs} ms`)));
  try {
    const signal = AbortSignal.any([request.signal, late.signal]);
    // A redirect is not followed: a POST would become a GET on its way.
    return await whole(await patience.fetch(request.clone(), { signal, redirect: "error" }));
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    return unreachable(request.url, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The answer with all of its body, so that one that breaks off is asked for again too. A stream is left to its reader. */
async function whole(response: Response): Promise<Response> {
  if (response.ok && kindOf(response) === EVENTS) return response;
  const body = WITHOUT_BODY.includes(response.status) ? null : await response.arrayBuffer();
  return new Response(body, response);
}

/** After how many ms to ask again; undefined: never, this is the answer. */
function pauseAfter(outcome: Response | Unreachable, failures: number): number | undefined {
  if (outcome instanceof Response) {
    const said = retryAfter(outcome);
    if ((PASSING.includes(outcome.status) || [409, 429].includes(outcome.status)) && said !== undefined) return said * 1000;
    if (!PASSING.includes(outcome.status)) return undefined;
  }
  return backoff(failures);
}

/** The pause after so many failures in a row, in ms. */
export function backoff(failures: number): number {
  return jittered(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS));
}

/** Between half of it and all: who was cut off together does not come back together. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/** The error for what `fetch` or a stream threw. */
export function unreachable(url: string, error: unknown): Unreachable {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = inner instanceof Error ? inner.message || (inner as { code?: string }).code || inner.name : String(inner);
  return new Unreachable(`${new URL(url).origin} cannot be reached: ${why}. Is it running, and is baseUrl right?`, {
    cause: error,
  });
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = after(ms, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** `setTimeout`, for any number of ms. */
export function after(ms: number, act: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(act, Math.min(ms, LONGEST_TIMER_MS));
}
