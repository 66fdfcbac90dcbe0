/** What every request of a client shares, and the options that a caller may give to one. */

import type { Client as Http } from "./generated/client/index.js";

/** The generated client; an answer that is an error is thrown. */
export interface Door {
  client: Http;
  throwOnError: true;
}

/** Options of a call that reads. */
export interface Asking {
  /** Ends the call, which throws its reason. */
  signal?: AbortSignal;
}

/** Options of a call that writes. */
export interface Writing extends Asking {
  /** Your own, to send the same again after a restart of yours; one is made for each call when not said. */
  idempotencyKey?: string;
}

/** One page of a list. */
export interface Page<Item> {
  data: Item[];
  meta: { total: number; limit: number; offset: number };
}

const LARGEST_PAGE = 100;

export function headersOf({ idempotencyKey, ...asking }: Writing) {
  return idempotencyKey === undefined ? asking : { ...asking, headers: { "Idempotency-Key": idempotencyKey } };
}

/** An id as a part of an address. These would make it another address, or none. */
export function named(id: string): string {
  const isId = typeof id === "string" && !["", ".", ".."].includes(id) && !/[\ud800-\udfff]/u.test(id);
  if (!isId) throw new TypeError(`${JSON.stringify(id)} is not an id.`);
  return id;
}

/** All items of a list, page by page. */
export async function allOf<Item>(page: (query: { limit: number; offset: number }) => Promise<Page<Item>>) {
  const found: Item[] = [];
  for (;;) {
    const { data, meta } = await page({ limit: LARGEST_PAGE, offset: found.length });
    found.push(...data);
    if (data.length === 0 || found.length >= meta.total) return found;
  }
}
