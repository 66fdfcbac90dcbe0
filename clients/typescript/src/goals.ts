/** Goals: state them, wait for them, read what became of them. */

import { having, pageOf } from "./answers.js";
import { TimeoutError, Unreachable } from "./errors.js";
import type { Event, EventOptions } from "./events.js";
import * as api from "./generated/sdk.gen.js";
import type {
  Goal as GoalData,
  GoalInputRequest,
  GoalsListData,
  Preview,
  Task,
} from "./generated/types.gen.js";
import { Outage } from "./outage.js";
import { type Patience, after, persistent, sleep } from "./retries.js";
import { type Asking, type Door, type Page, type Writing, allOf, headersOf, named } from "./door.js";

const ENDS = ["completed", "failed", "cancelled"];
const LONGEST_LOOK_SECONDS = 30; // of one request; the server takes up to 60
const PAUSE_MS = 500; // before it is asked again whoever answered that the goal is still open
const GRACE_MS = 1_500; // for an answer that was asked for by the deadline, in whole seconds

/** A goal as the API writes it. What has just been stated has its id only. */
export type GoalState = Pick<GoalData, "id"> & Partial<GoalData>;

/** What a goal is stated with besides its description; `steps` run in order. */
export type GoalFields = Omit<GoalInputRequest, "description" | "semanticPath"> & {
  steps?: GoalInputRequest["semanticPath"];
};

export type GoalQuery = Omit<NonNullable<GoalsListData["query"]>, "state"> & { status?: GoalData["state"] };

export interface WaitOptions extends Asking {
  /** When to give up, with a TimeoutError; never when not said. */
  timeoutMs?: number;
  /** For how long it is borne that the server is away; the last error is thrown then. Five minutes when not said. */
  reconnectForMs?: number;
}

/** What one try of a task printed on one stream. */
export interface Log {
  /** Which task of the goal, from 0; its id and its name. */
  position: number;
  task: string;
  name: string;
  /** The number of the try, from 1. */
  attempt: number;
  stream: "stdout" | "stderr";
  text: string;
  /** There was more than the server keeps. */
  isCut: boolean;
}

/** A goal as it was when it was last asked for. */
export class Goal {
  readonly #goals: Goals;
  /** The whole answer. */
  data: GoalState;

  constructor(goals: Goals, data: GoalState) {
    this.#goals = goals;
    this.data = data;
  }

  get id(): string {
    return this.data.id;
  }

  /** pending, planning, executing, completed, failed or cancelled. */
  get status(): NonNullable<GoalData["state"]> {
    return this.data.state ?? "pending";
  }

  /** Whether it has ended, well or not; nothing of it changes any more. */
  get isFinished(): boolean {
    return ENDS.includes(this.status);
  }

  /** Ask how far it is; this same object, with the new `data`. */
  async refresh(asking: Asking = {}): Promise<this> {
    this.data = (await this.#goals.get(this.id, asking)).data;
    return this;
  }

  /** This same object once it has ended, however it ended. Rides over a server that is away for a while. */
  async wait({ timeoutMs = Infinity, reconnectForMs, ...asking }: WaitOptions = {}): Promise<this> {
    const deadline = Date.now() + timeoutMs;
    const outage = this.#goals.outage(reconnectForMs);
    while (!this.isFinished) {
      const pauseMs = await this.#look(deadline, outage, asking);
      if (this.isFinished) break;
      if (Date.now() >= deadline) throw new TimeoutError(`Goal ${this.id} is ${this.status} after ${timeoutMs} ms.`);
      await sleep(Math.min(pauseMs, deadline - Date.now()), asking.signal);
    }
    return this;
  }

  /** Ask once, until it ends or by the deadline; gives the ms until the next time. Throws what no next time helps. */
  async #look(deadline: number, outage: Outage, asking: Asking): Promise<number> {
    const leftMs = Math.max(deadline - Date.now(), 0);
    const graceMs = outage.isOn ? 0 : GRACE_MS; // who was away has had its time
    try {
      this.data = await this.#goals.look(this.id, leftMs, leftMs + graceMs, asking);
    } catch (error) {
      if (asking.signal?.aborted) throw error;
      return outage.pauseAfter(error);
    }
    outage.end();
    return PAUSE_MS;
  }

  /** Its tasks with all their tries. */
  tasks(asking: Asking = {}): Promise<Task[]> {
    return this.#goals.tasks(this.id, asking);
  }

  /** What the tries that have ended printed; `events({ types: ["task.output"] })` tells it while it is printed. */
  async logs(asking: Asking = {}): Promise<Log[]> {
    return (await this.tasks(asking)).flatMap(logsOf);
  }

  /** Its events, from the first to the last. */
  events(options: Omit<EventOptions, "goal"> = {}): AsyncGenerator<Event, void> {
    return this.#goals.events({ ...options, goal: this.id });
  }

  /** What runs is killed within 2 s. This same object; Conflict when it has ended. */
  async cancel(options: Writing & { reason?: string } = {}): Promise<this> {
    this.data = (await this.#goals.cancel(this.id, options)).data;
    return this;
  }

  /** A new goal that goes on from the task that failed, or from the task at the position `fromTask`. */
  retry(options: Writing & { fromTask?: number } = {}): Promise<Goal> {
    return this.#goals.retry(this.id, options);
  }
}

function logsOf({ position, id, name, attempts }: Task): Log[] {
  const streams = ["stdout", "stderr"] as const;
  return attempts.flatMap(({ number, output }) =>
    streams
      .filter((stream) => output[stream])
      .map((stream) => ({
        ...{ position, task: id, name, attempt: number, stream },
        text: String(output[stream]),
        isCut: output[`${stream}Truncated`] === true,
      })),
  );
}

export class Goals {
  readonly #door: Door;
  readonly #patience: Patience;
  readonly events: (options: EventOptions) => AsyncGenerator<Event, void>;

  constructor(door: Door, patience: Patience, events: (options: EventOptions) => AsyncGenerator<Event, void>) {
    this.#door = door;
    this.#patience = patience;
    this.events = events;
  }

  /** State a goal: with `steps`, or in words alone, which the planner must know. */
  async create(description: string, { steps, ...fields }: GoalFields = {}, writing: Writing = {}): Promise<Goal> {
    const body = { ...fields, description, ...(steps && { semanticPath: steps }) };
    return this.#of((await api.goalsCreate({ ...this.#door, ...headersOf(writing), body })).data);
  }

  /** The tasks that it would run, without running or counting anything. */
  async preview(description: string, { steps, ...fields }: GoalFields = {}, writing: Writing = {}): Promise<Preview> {
    const body = { ...fields, description, ...(steps && { semanticPath: steps }) };
    const { data } = await api.goalsPreview({ ...this.#door, ...headersOf(writing), body });
    return having(this.#door, data, { tasks: "array" });
  }

  async get(id: string, asking: Asking = {}): Promise<Goal> {
    return this.#of((await api.goalsRetrieve({ ...this.#door, ...asking, path: { goal_id: named(id) } })).data);
  }

  /** A page of goals, newest first; 20 of them when `limit` is not said. */
  async list({ status, ...query }: GoalQuery = {}, asking: Asking = {}): Promise<Page<Goal>> {
    const asked = { ...query, ...(status && { state: status }) };
    const { data } = await api.goalsList({ ...this.#door, ...asking, query: asked });
    const page = pageOf(this.#door, data, { id: "string" });
    return { data: page.data.map((one) => this.#of(one)), meta: page.meta };
  }

  async cancel(id: string, { reason, ...writing }: Writing & { reason?: string } = {}): Promise<Goal> {
    const given = { path: { goal_id: named(id) }, body: reason === undefined ? {} : { reason } };
    return this.#of((await api.goalsCancelWithReason({ ...this.#door, ...headersOf(writing), ...given })).data);
  }

  async retry(id: string, { fromTask, ...writing }: Writing & { fromTask?: number } = {}): Promise<Goal> {
    const given = { path: { goal_id: named(id) }, body: fromTask === undefined ? {} : { fromTask } };
    return this.#of((await api.goalsRetry({ ...this.#door, ...headersOf(writing), ...given })).data);
  }

  async tasks(id: string, asking: Asking = {}): Promise<Task[]> {
    const path = { goal_id: named(id) };
    return allOf(async (query) => {
      const { data } = await api.goalsTasks({ ...this.#door, ...asking, path, query });
      return pageOf(this.#door, data, { id: "string", attempts: "array" });
    });
  }

  /** For how long this client bears it that the server is away while a goal is waited for. */
  outage(longestMs: number | undefined): Outage {
    return new Outage(longestMs, this.#patience.longestWaitMs);
  }

  /** The goal's data when it ends, or after `waitMs`; Unreachable after `withinMs`. It is asked for once. */
  async look(id: string, waitMs: number, withinMs: number, asking: Asking): Promise<GoalState> {
    const late = new AbortController();
    const timer = after(withinMs, () => late.abort(new Unreachable("There was no answer by the deadline.")));
    const wait = Math.min(Math.ceil(waitMs / 1000), LONGEST_LOOK_SECONDS);
    const signal = asking.signal ? AbortSignal.any([asking.signal, late.signal]) : late.signal;
    const once = { ...this.#door, signal, fetch: persistent({ ...this.#patience, tries: 1 }) };
    try {
      return this.#of((await api.goalsRetrieve({ ...once, path: { goal_id: named(id) }, query: { wait } })).data).data;
    } finally {
      clearTimeout(timer);
    }
  }

  #of(data: GoalState): Goal {
    return new Goal(this, having(this.#door, data, { id: "string" }));
  }
}
