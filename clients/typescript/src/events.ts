/** What happens, as it happens: a stream that goes on where it was when the connection breaks. */

import { notTheApi } from "./answers.js";
import { Forbidden, StreamEnded, Unauthorized, Unreachable } from "./errors.js";
import type { Webhooks } from "./generated/types.gen.js";
import { Outage } from "./outage.js";
import { jittered, sleep, unreachable } from "./retries.js";
import { type Message, messages } from "./sse.js";

/** One event, told apart by `type`: "goal.completed", "task.output", ... All are in docs/reference/events.md. */
export type Event = Webhooks["body"];

export interface Reconnection {
  /** Behind which event the stream goes on. */
  lastEventId: string | undefined;
  /** Why it has to; undefined when the server ended the stream without a word. */
  cause: unknown;
}

export interface EventOptions {
  /** The goal that is followed, from its first event to its last; without it all of the account, from now on. */
  goal?: string;
  /** Which types: `["goal.*", "task.output"]`; all when not said. */
  types?: string[];
  /** Begin behind this event: the id of the last one that you handled. */
  lastEventId?: string;
  /** Ends the iteration, which throws its reason. */
  signal?: AbortSignal;
  /** Told before each new connection. */
  onReconnect?: (reconnection: Reconnection) => void;
  /** For how long connections are made that all bring no event and no heartbeat; five minutes when not said. */
  reconnectForMs?: number;
}

/** Opens a stream behind an event. */
export type Connect = (
  lastEventId: string | undefined,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array> | null>;

const RETRY_MS = 2_000; // until the server names another pause
const SILENCE_MS = 45_000; // a heartbeat comes every 15 s: whoever is silent for three of them is gone
const GREETING_MS = 1_000; // in which what comes shows no more than that a connection was made
const GO_ON = ["too_slow", "internal_error"]; // what was not taken is told again

/**
 * The events, each once, over as many connections as it takes. Ends when the goal that is followed has ended.
 *
 * A Retry-After that is longer than `longestWaitMs` is thrown, and what no connection helps against for too long: each
 * has to show a sign of life, or it was in vain, however well it began and ended.
 */
export async function* follow(
  connect: Connect,
  url: string,
  options: EventOptions,
  longestWaitMs: number,
): AsyncGenerator<Event, void> {
  const outage = new Outage(options.reconnectForMs, longestWaitMs);
  const place = { lastEventId: options.lastEventId, retryMs: RETRY_MS, hasHeard: false, outage };
  for (;;) {
    let cause: unknown;
    try {
      for await (const [type, said] of connected(connect, url, place, options.signal)) {
        if (type !== "end") yield said as Event;
        else if (isOver(said as LastWord)) return;
      }
      place.hasHeard = true; // it was a stream of events, and ended as one
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (!place.hasHeard) throw error;
      cause = error;
    }
    const pauseMs = outage.pauseAfter(cause ?? new Unreachable(`${url} ends every stream of events without an event.`));
    options.onReconnect?.({ lastEventId: place.lastEventId, cause });
    await sleep(Math.max(pauseMs, jittered(Math.min(place.retryMs, longestWaitMs))), options.signal);
  }
}

interface Place {
  lastEventId: string | undefined;
  retryMs: number;
  /** Whether anything was ever told. */
  hasHeard: boolean;
  /** Since when nothing is. */
  outage: Outage;
}

type Said = Record<string, unknown>;
type LastWord = { reason: string; message: string };

/** What one connection tells: types and data. `place` moves also with what tells nothing. */
async function* connected(
  connect: Connect,
  url: string,
  place: Place,
  signal?: AbortSignal,
): AsyncGenerator<[string, Said]> {
  const end = new AbortController();
  const either = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  try {
    const body = await connect(place.lastEventId, either);
    const began = Date.now();
    for await (const message of messages(heard(body, url, either))) {
      const said = message.data === "" ? undefined : saidIn(message, url); // what cannot be read is asked for again
      place.hasHeard = true;
      place.retryMs = message.retry ?? place.retryMs;
      place.lastEventId = message.id ?? place.lastEventId;
      if (isSignOfLife(message, Date.now() - began)) place.outage.end();
      if (said) yield [message.type, said];
    }
  } finally {
    end.abort(); // whoever stops reading hangs up
  }
}

/** An event, or what comes without one after the greeting. */
function isSignOfLife({ type, data }: Message, ageMs: number): boolean {
  return data === "" ? ageMs > GREETING_MS : type !== "end";
}

function saidIn({ type, data }: Message, url: string): Said {
  try {
    const said = JSON.parse(data) as Said;
    if (typeof said[type === "end" ? "reason" : "type"] === "string") return said;
  } catch {
    // Said below.
  }
  throw notTheApi(url, "a stream of something else than events");
}

/** The bytes of a stream; Unreachable when it breaks, or is silent for too long. */
async function* heard(body: ReadableStream<Uint8Array> | null, url: string, signal: AbortSignal) {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await spoken(reader, url, signal);
      if (done) return;
      yield value;
    }
  } finally {
    // Not left to the signal alone, which fetch holds by a weak reference.
    reader.cancel().catch(() => {});
  }
}

async function spoken(reader: ReadableStreamDefaultReader<Uint8Array>, url: string, signal: AbortSignal) {
  const enough = new AbortController();
  const silence = sleep(SILENCE_MS, AbortSignal.any([signal, enough.signal])).then(() => {
    throw new Error(`nothing was heard for ${SILENCE_MS} ms`);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    throw unreachable(url, error);
  } finally {
    enough.abort();
  }
}

/** Whether the server's last word means that all is told. False: connect again. Throws where that would be no use. */
function isOver({ reason, message: why }: LastWord): boolean {
  if (reason === "goal_ended") return true;
  if (GO_ON.includes(reason)) return false;
  if (reason === "unauthorized") throw new Unauthorized(new Response(null, { status: 401 }), told(reason, why));
  if (reason === "forbidden_role") throw new Forbidden(new Response(null, { status: 403 }), told(reason, why));
  throw new StreamEnded(reason, why);
}

function told(name: string, message: string) {
  return { name, message };
}
