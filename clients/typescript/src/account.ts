/** What an account has besides goals: memories, corrections, keys, usage. */

import { having, pageOf } from "./answers.js";
import { type Asking, type Door, type Writing, headersOf, named } from "./door.js";
import * as api from "./generated/sdk.gen.js";
import type {
  AuthKeysListData,
  Correction,
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
  UsageHistory,
  UsedLimits,
} from "./generated/types.gen.js";

/** Which memories: with all of these tags. */
export type MemoryFilter = Omit<NonNullable<MemoryListData["query"]>, "query" | "mode" | "tags"> & { tags?: string[] };
type Mode = NonNullable<MemoryListData["query"]>["mode"];

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
    const { data } = await api.memoryStore({ ...this.#door, ...headersOf(writing), body });
    return having(this.#door, data, { id: "string" });
  }

  /** Memories whose keys begin with `prefix`; those that weigh most first. */
  list({ prefix, ...filter }: MemoryFilter & { prefix?: string } = {}, asking: Asking = {}): Promise<RecallPage> {
    return this.#find(prefix, undefined, filter, asking);
  }

  /** Memories that have to do with `query`; each says `why` it was found. */
  recall(query: string, { mode, ...filter }: MemoryFilter & { mode?: Mode } = {}, asking: Asking = {}): Promise<RecallPage> {
    return this.#find(query, mode ?? "semantic", filter, asking);
  }

  async #find(query: string | undefined, mode: Mode, { tags, ...filter }: MemoryFilter, asking: Asking) {
    const asked = { ...filter, ...(tags?.length && { tags: tags.join(",") }), query, mode };
    const { data } = await api.memoryList({ ...this.#door, ...asking, query: asked });
    return pageOf(this.#door, data, { id: "string" });
  }

  /** The memory of exactly this key. It counts as reading. */
  async get(key: string, asking: Asking = {}): Promise<Memory> {
    const given = { path: { key: named(key) }, query: { exact: true } };
    const { data } = await api.memoryRetrieve({ ...this.#door, ...asking, ...given });
    return having(this.#door, data, { id: "string" });
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
    const { data } = await api.correctionsList({ ...this.#door, ...asking, query });
    return pageOf(this.#door, data, { id: "string" });
  }

  async get(id: string, asking: Asking = {}): Promise<Correction> {
    const { data } = await api.correctionsRetrieve({ ...this.#door, ...asking, path: { correction_id: named(id) } });
    return having(this.#door, data, { id: "string" });
  }

  /** Forget it: it is not applied any more. */
  async delete(id: string, writing: Writing = {}): Promise<void> {
    await api.correctionsDelete({ ...this.#door, ...headersOf(writing), path: { correction_id: named(id) } });
  }
}

export class Keys {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** The live keys of the account, masked. */
  async list(query: AuthKeysListData["query"] = {}, asking: Asking = {}): Promise<PaginatedKeyList> {
    const { data } = await api.authKeysList({ ...this.#door, ...asking, query });
    return pageOf(this.#door, data, { id: "string" });
  }

  /** `apiKey` of the answer is shown this once. */
  async create(fields: KeyInputRequest = {}, writing: Writing = {}): Promise<KeyCreated> {
    const { data } = await api.authKeysCreate({ ...this.#door, ...headersOf(writing), body: fields });
    return having(this.#door, data, { id: "string", apiKey: "string" });
  }

  async revoke(id: string, writing: Writing = {}): Promise<void> {
    await api.authKeysRevoke({ ...this.#door, ...headersOf(writing), path: { key_id: named(id) } });
  }

  /** A new key in its place; the old one works for `graceHours` more (0 to 168). */
  async rotate(id: string, { graceHours, ...writing }: Writing & { graceHours?: number } = {}): Promise<KeyCreated> {
    const given = { path: { key_id: named(id) }, body: graceHours === undefined ? {} : { graceHours } };
    const { data } = await api.authKeysRotate({ ...this.#door, ...headersOf(writing), ...given });
    return having(this.#door, data, { id: "string", apiKey: "string" });
  }
}

export class Usage {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** What was used of each limit of the plan. */
  async get(asking: Asking = {}): Promise<UsedLimits> {
    const { data } = await api.authUsage({ ...this.#door, ...asking });
    return having(this.#door, data, { goals: "object" });
  }

  /** What was used, day by day. */
  async history(asking: Asking = {}): Promise<UsageHistory> {
    const { data } = await api.authUsageHistory({ ...this.#door, ...asking });
    return having(this.#door, data, { data: "array" });
  }
}
