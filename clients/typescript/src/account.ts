/** What an account has besides goals: memories, corrections, keys, usage. */

import { type Asking, type Door, type Writing, headersOf, named } from "./door.js";
import * as api from "./generated/sdk.gen.js";
import type {
  CorrectionsListData,
  KeyCreated,
  KeyInputRequest,
  Memory,
  MemoryInputRequest,
  MemoryListData,
  MemoryStored,
  PaginatedCorrectionList,
  PaginatedKeyList,
  RecallPage,
  AuthKeysListData,
  UsedLimits,
} from "./generated/types.gen.js";

type MemoryQuery = NonNullable<MemoryListData["query"]>;

export class Memories {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** Store any JSON under a key; what was there is replaced. */
  async create(
    key: string,
    value: unknown,
    fields: Omit<MemoryInputRequest, "key" | "value"> = {},
    writing: Writing = {},
  ): Promise<MemoryStored> {
    const body = { ...fields, key, value };
    return (await api.memoryStore({ ...this.#door, ...headersOf(writing), body })).data;
  }

  /** By the beginning of the key, tags and importance, in the order of relevance. */
  async list(query: MemoryQuery = {}, asking: Asking = {}): Promise<RecallPage> {
    return (await api.memoryList({ ...this.#door, ...asking, query })).data;
  }

  /** By what they are about: a question in words. */
  recall(question: string, query: Omit<MemoryQuery, "query" | "mode"> = {}, asking: Asking = {}): Promise<RecallPage> {
    return this.list({ ...query, query: question, mode: "semantic" }, asking);
  }

  async get(key: string, asking: Asking = {}): Promise<Memory> {
    return (await api.memoryRetrieve({ ...this.#door, ...asking, path: { key: named(key) } })).data;
  }

  async delete(key: string, writing: Writing = {}): Promise<void> {
    await api.memoryDelete({ ...this.#door, ...headersOf(writing), path: { key: named(key) } });
  }
}

export class Corrections {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** What was learned or taught: which fix for which failure. */
  async list(query: CorrectionsListData["query"] = {}, asking: Asking = {}): Promise<PaginatedCorrectionList> {
    return (await api.correctionsList({ ...this.#door, ...asking, query })).data;
  }
}

export class Keys {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** The live keys of the account, masked. */
  async list(query: AuthKeysListData["query"] = {}, asking: Asking = {}): Promise<PaginatedKeyList> {
    return (await api.authKeysList({ ...this.#door, ...asking, query })).data;
  }

  /** `apiKey` of the answer is shown this once. */
  async create(fields: KeyInputRequest = {}, writing: Writing = {}): Promise<KeyCreated> {
    return (await api.authKeysCreate({ ...this.#door, ...headersOf(writing), body: fields })).data;
  }

  async revoke(id: string, writing: Writing = {}): Promise<void> {
    await api.authKeysRevoke({ ...this.#door, ...headersOf(writing), path: { key_id: named(id) } });
  }

  /** A new key in its place; the old one works for `graceHours` more (0 to 168). */
  async rotate(id: string, { graceHours, ...writing }: Writing & { graceHours?: number } = {}): Promise<KeyCreated> {
    const given = { path: { key_id: named(id) }, body: graceHours === undefined ? {} : { graceHours } };
    return (await api.authKeysRotate({ ...this.#door, ...headersOf(writing), ...given })).data;
  }
}

export class Usage {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** What was used of each limit of the plan. */
  async get(asking: Asking = {}): Promise<UsedLimits> {
    return (await api.authUsage({ ...this.#door, ...asking })).data;
  }
}
