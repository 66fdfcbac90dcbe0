/** The client: an address, a key, and what can be asked for with them. */

import { checked, EVENTS } from "./answers.js";
import { Corrections, Keys, Memories, Usage } from "./account.js";
import { jsonOf } from "./body.js";
import { type Door, named } from "./door.js";
import { errorOf } from "./errors.js";
import { type Event, type EventOptions, follow } from "./events.js";
import { type Client as Http, createClient } from "./generated/client/index.js";
import type { EventsStreamData, GoalsEventsData } from "./generated/types.gen.js";
import { Goals } from "./goals.js";
import { type Patience, persistent } from "./retries.js";

export interface ClientOptions {
  /** `exo_...`; the environment's EXO_API_KEY when not said. */
  apiKey?: string | undefined;
  /** Where the installation is; the environment's EXO_URL when not said, http://127.0.0.1:8000 when neither is. */
  baseUrl?: string | undefined;
  /** How often a request is sent at most, the first time counted; 5 when not said. */
  tries?: number;
  /** How long one try may take; 90 s when not said. */
  timeoutMs?: number;
  /** For how long a Retry-After is waited at most; a longer one is thrown at once. one minute when not said. */
  longestWaitMs?: number;
  /** Another `fetch`, for a proxy or a test. */
  fetch?: typeof fetch;
}

export class Client {
  readonly baseUrl: string;
  readonly goals: Goals;
  readonly memories: Memories;
  readonly corrections: Corrections;
  readonly keys: Keys;
  readonly usage: Usage;
  /** The generated client below, for every other operation: `operations.webhooksList({ client: client.http })`. */
  readonly http: Http;
  readonly #patience: Patience;

  constructor(options: ClientOptions = {}) {
    this.baseUrl = address(options.baseUrl ?? environment("EXO_URL") ?? "http://127.0.0.1:8000");
    this.#patience = patienceOf(options);
    this.http = httpOf(this.baseUrl, key(options.apiKey ?? environment("EXO_API_KEY") ?? ""), this.#patience);
    const door: Door = { client: this.http, throwOnError: true };
    this.goals = new Goals(door, this.#patience, (wanted) => this.events(wanted));
    this.memories = new Memories(door);
    this.corrections = new Corrections(door);
    this.keys = new Keys(door);
    this.usage = new Usage(door);
  }

  /** What happens, as it happens: of the account from now on, or of a goal from its first event to its last. */
  events(options: EventOptions = {}): AsyncGenerator<Event, void> {
    const query = options.types?.length ? { types: options.types.join(",") } : undefined;
    const where = options.goal === undefined ? ACCOUNT : { url: GOAL, path: { goal_id: named(options.goal) } };
    const connect = async (lastEventId: string | undefined, signal: AbortSignal) => {
      const headers = { Accept: EVENTS, "Last-Event-ID": lastEventId };
      const asked = { ...where, query, headers, signal, parseAs: "stream", throwOnError: true } as const;
      return (await this.http.get<ReadableStream<Uint8Array> | null, unknown, true>(asked)).data;
    };
    return follow(connect, this.baseUrl, options, this.#patience.longestWaitMs);
  }
}

const ACCOUNT = { url: "/api/events" satisfies EventsStreamData["url"] };
const GOAL = "/api/goals/{goal_id}/events" satisfies GoalsEventsData["url"];

function patienceOf({ tries = 5, timeoutMs = 90_000, longestWaitMs = 60_000, ...options }: ClientOptions): Patience {
  return { fetch: options.fetch ?? ((input, init) => fetch(input, init)), tries, timeoutMs, longestWaitMs };
}

function httpOf(baseUrl: string, apiKey: string, patience: Patience): Http {
  const http = createClient({
    baseUrl,
    bodySerializer: jsonOf,
    fetch: persistent(patience),
    headers: { Authorization: `Bearer ${apiKey}` },
  });
  http.interceptors.response.use(checked);
  http.interceptors.error.use((error, response: Response | undefined) =>
    response === undefined ? error : errorOf(response, error, baseUrl),
  );
  return http;
}

function address(given: string): string {
  if (!/^https?:\/\/[^/]/i.test(given)) throw new TypeError(`baseUrl is no web address: ${given}`);
  return given.replace(/\/+$/, "");
}

function key(given: string): string {
  const trimmed = given.trim(); // a file that it was read from ends with a line's end
  if (trimmed === "") throw new TypeError("There is no API key: give apiKey, or set EXO_API_KEY.");
  if (!/^[\x21-\x7e]+$/.test(trimmed)) throw new TypeError("apiKey has characters that no API key has.");
  return trimmed;
}

/** A variable of the environment, where there is one: browsers have none. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}
