/** Goals: state them, wait for them, read what became of them. */

import { ServerError, TimeoutError, Unreachable } from "./errors.js";
import type { Event, EventOptions } from "./events.js";
import * as api from "./generated/sdk.gen.js";
import type {
  Goal as GoalData,
  GoalInputRequest,
  GoalsListData,
  Preview,
  Task,
} from "./generated/types.gen.js";
import { sleep } from "./retries.js";
import { type Asking, type Door, type Page, type Writing, allOf, headersOf, named } from "./door.js";

const ENDS = ["completed", "failed", "cancelled"];
const LONGEST_LOOK_SECONDS = 30; // of one request; the server takes up to 60
const PAUSE_MS = 500; // before it is asked again whoever answered that the goal is still open, or not at all

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
  async wait({ timeoutMs = Infinity, ...asking }: WaitOptions = {}): Promise<this> {
    const deadline = Date.now() + timeoutMs;
    while (!this.isFinished) {
      const left = Math.max(deadline - Date.now(), 0);
      this.data = await this.#goals.look(this.data, Math.min(left / 1000, LONGEST_LOOK_SECONDS), asking);
      if (this.isFinished) break;
      if (Date.now() >= deadline) throw new TimeoutError(`Goal ${this.id} is ${this.status} after ${timeoutMs} ms.`);
      await sleep(Math.min(PAUSE_MS, deadline - Date.now()), asking.signal);
    }
    return this;
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
  readonly events: (options: EventOptions) => AsyncGenerator<Event, void>;

  constructor(door: Door, events: (options: EventOptions) => AsyncGenerator<Event, void>) {
    this.#door = door;
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
    return (await api.goalsPreview({ ...this.#door, ...headersOf(writing), body })).data;
  }

  async get(id: string, asking: Asking = {}): Promise<Goal> {
    return this.#of((await api.goalsRetrieve({ ...this.#door, ...asking, path: { goal_id: named(id) } })).data);
  }

  /** A page of goals, newest first; 20 of them when `limit` is not said. */
  async list({ status, ...query }: GoalQuery = {}, asking: Asking = {}): Promise<Page<Goal>> {
    const asked = { ...query, ...(status && { state: status }) };
    const { data } = await api.goalsList({ ...this.#door, ...asking, query: asked });
    return { data: data.data.map((one) => this.#of(one)), meta: data.meta };
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
    return allOf(async (query) => (await api.goalsTasks({ ...this.#door, ...asking, path, query })).data);
  }

  /** The goal's data when it ends, or after so many seconds; what it was where the server was away. */
  async look(known: GoalState, seconds: number, asking: Asking): Promise<GoalState> {
    const given = { path: { goal_id: known.id }, query: { wait: Math.ceil(seconds) } };
    try {
      return (await api.goalsRetrieve({ ...this.#door, ...asking, ...given })).data;
    } catch (error) {
      if (error instanceof Unreachable || error instanceof ServerError) return known;
      throw error;
    }
  }

  #of(data: GoalState): Goal {
    return new Goal(this, data);
  }
}
