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
const LONGEST_WAIT_SECONDS = 30; // of one request; the server takes up to 60
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

/** A goal as it was when it was asked for. What it does is asked for anew; `data` does not change. */
export class Goal {
  readonly #goals: Goals;
  /** The whole answer. */
  readonly data: GoalState;

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

  get hasEnded(): boolean {
    return ENDS.includes(this.status);
  }

  /** The goal when it has ended, however it ended. Rides over a server that is away for a while. */
  async wait({ timeoutMs = Infinity, ...asking }: WaitOptions = {}): Promise<Goal> {
    const deadline = Date.now() + timeoutMs;
    let goal: Goal = this;
    while (!goal.hasEnded) {
      const left = deadline - Date.now();
      if (left <= 0) throw new TimeoutError(`Goal ${this.id} is still ${goal.status} after ${timeoutMs} ms.`);
      goal = await this.#goals.look(goal, Math.min(left / 1000, LONGEST_WAIT_SECONDS), asking);
      if (!goal.hasEnded) await sleep(Math.min(PAUSE_MS, Math.max(deadline - Date.now(), 0)), asking.signal);
    }
    return goal;
  }

  /** Its tasks with all their tries. */
  tasks(asking: Asking = {}): Promise<Task[]> {
    return this.#goals.tasks(this.id, asking);
  }

  /** What its tasks printed, in the order in which it came. */
  async logs(asking: Asking = {}): Promise<string> {
    const tries = (await this.tasks(asking)).flatMap((task) => task.attempts);
    return tries.flatMap(({ output }) => [output["stdout"] ?? "", output["stderr"] ?? ""]).join("");
  }

  /** Its events, from the first to the last. */
  events(options: Omit<EventOptions, "goal"> = {}): AsyncGenerator<Event, void> {
    return this.#goals.events({ ...options, goal: this.id });
  }

  cancel(options: Writing & { reason?: string } = {}): Promise<Goal> {
    return this.#goals.cancel(this.id, options);
  }

  /** A new goal that begins again at the task that failed, or at `fromTask`. */
  retry(options: Writing & { fromTask?: number } = {}): Promise<Goal> {
    return this.#goals.retry(this.id, options);
  }
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

  /** The goal when it ends, or after so many seconds; the same one where the server was away. */
  async look(goal: Goal, seconds: number, asking: Asking): Promise<Goal> {
    const given = { path: { goal_id: goal.id }, query: { wait: Math.ceil(seconds) } };
    try {
      return this.#of((await api.goalsRetrieve({ ...this.#door, ...asking, ...given })).data);
    } catch (error) {
      if (error instanceof Unreachable || error instanceof ServerError) return goal;
      throw error;
    }
  }

  #of(data: GoalState): Goal {
    return new Goal(this, data);
  }
}
