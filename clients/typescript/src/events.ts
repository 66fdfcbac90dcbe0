/** What happens, as it happens: a stream that goes on where it was when the connection breaks. */

import { Forbidden, RateLimited, ServerError, StreamEnded, Unauthorized, Unreachable } from "./errors.js";
import type { Webhooks } from "./generated/types.gen.js";
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
  /** For how long a connection that broke is tried to be made again; five minutes when not said. */
  reconnectForMs?: number;
}

/** Opens a stream behind an event. */
export type Connect = (lastEventId: string | undefined, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;

const RETRY_MS = 2_000; // until the server names another pause
const SILENCE_MS = 45_000; // a heartbeat comes every 15 s: whoever is silent for three of them is gone
const GO_ON = ["too_slow", "internal_error"]; // what was not taken is told again
const FIVE_MINUTES_MS = 300_000;

/** The events, each once, over as many connections as it takes. Ends when the goal that is followed has ended. */
export async function* follow(connect: Connect, url: string, options: EventOptions): AsyncGenerator<Event, void> {
  const place = { lastEventId: options.lastEventId, retryMs: RETRY_MS, heardAt: Date.now(), hasHeard: false };
  for (;;) {
    let cause: unknown;
    try {
      for await (const message of connected(connect, url, place, options.signal)) {
        if (message.type !== "end") yield JSON.parse(message.data) as Event;
        else if (isOver(message)) return;
      }
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      const isTooLong = Date.now() - place.heardAt > (options.reconnectForMs ?? FIVE_MINUTES_MS);
      if (!place.hasHeard || isTooLong || !mayPass(error)) throw error;
      cause = error;
    }
    options.onReconnect?.({ lastEventId: place.lastEventId, cause });
    await sleep(jittered(place.retryMs), options.signal);
  }
}

interface Place {
  lastEventId: string | undefined;
  retryMs: number;
  heardAt: number;
  hasHeard: boolean;
}

/** The messages of one connection that have data; `place` moves with all. */
async function* connected(connect: Connect, url: string, place: Place, signal?: AbortSignal): AsyncGenerator<Message> {
  const end = new AbortController();
  const either = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  try {
    const body = await connect(place.lastEventId, either);
    for await (const message of messages(heard(body, url, place, either))) {
      place.retryMs = message.retry ?? place.retryMs;
      place.lastEventId = message.id ?? place.lastEventId;
      if (message.data !== "") yield message;
    }
  } finally {
    end.abort(); // whoever stops reading hangs up
  }
}

/** The bytes of a stream; Unreachable when it breaks, or is silent for too long. */
async function* heard(body: ReadableStream<Uint8Array>, url: string, place: Place, signal: AbortSignal) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await spoken(reader, url, signal);
      place.heardAt = Date.now();
      place.hasHeard = true;
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
function isOver(message: Message): boolean {
  const { reason, message: why } = JSON.parse(message.data) as { reason: string; message: string };
  if (reason === "goal_ended") return true;
  if (GO_ON.includes(reason)) return false;
  if (reason === "unauthorized") throw new Unauthorized(new Response(null, { status: 401 }), told(reason, why));
  if (reason === "forbidden_role") throw new Forbidden(new Response(null, { status: 403 }), told(reason, why));
  throw new StreamEnded(reason, why);
}

function told(name: string, message: string) {
  return { name, message };
}

function mayPass(error: unknown): boolean {
  return error instanceof Unreachable || error instanceof ServerError || error instanceof RateLimited;
}
