/** Whether it is the API that answers: anything may listen at an address, and proxies answer for who is away. */

import type { Door, Page } from "./door.js";
import { Unreachable } from "./errors.js";
import type { ResolvedRequestOptions } from "./generated/client/index.js";
import type { WorkspaceFilesDownloadData } from "./generated/types.gen.js";

export const EVENTS = "text/event-stream";
const BYTES = "application/octet-stream";
const FILE = "/api/workspace/files/{path}" satisfies WorkspaceFilesDownloadData["url"];
const MAY_BE_EMPTY = [202, 204];

/** What the members of an answer have to be, as far as this library reads them. */
type Shape = Record<string, "string" | "number" | "object" | "array">;

/** The content type, in small letters and without parameters; empty when there is none. */
export function kindOf(response: Response): string {
  const [kind = ""] = (response.headers.get("Content-Type") ?? "").split(";");
  return kind.trim().toLowerCase();
}

/** A success is let through if the API answers so: events, a file, or else an object as JSON. Throws Unreachable. */
export async function checked(response: Response, request: Request, asked: ResolvedRequestOptions): Promise<Response> {
  const other = response.ok ? await otherThanWanted(response, request, asked) : undefined;
  if (other === undefined) return response;
  response.body?.cancel().catch(() => {}); // one that never ends would be kept open
  throw notTheApi(asked.baseUrl as string, other);
}

/** What came instead, in words; undefined when it is what was wanted. */
async function otherThanWanted(response: Response, request: Request, asked: ResolvedRequestOptions) {
  const { url, parseAs = "auto" } = asked;
  const kind = kindOf(response);
  const words = kind === "text/html" ? "a web page" : kind || "no content type";
  if (request.headers.get("Accept") === EVENTS) return kind === EVENTS ? undefined : words;
  if (!["auto", "json"].includes(parseAs)) return kind === "text/html" ? words : undefined; // the caller reads it
  if (MAY_BE_EMPTY.includes(response.status) && (await response.clone().text()) === "") return undefined;
  if (kind === BYTES && url === FILE) return undefined;
  return kind === "application/json" ? otherThanObject(await response.clone().text()) : words;
}

function otherThanObject(text: string): string | undefined {
  if (text === "") return "nothing";
  try {
    return typeIn(JSON.parse(text)) === "object" ? undefined : "JSON that is no object";
  } catch {
    return "JSON that cannot be read";
  }
}

/** The same data, with these members for certain. Throws Unreachable. */
export function having<Data>({ client }: Door, data: Data, shape: Shape): Data {
  const members = (typeIn(data) === "object" ? data : {}) as Record<string, unknown>;
  for (const [name, type] of Object.entries(shape)) {
    if (typeIn(members[name]) === type && members[name] !== "") continue;
    throw notTheApi(client.getConfig().baseUrl, `JSON without ${JSON.stringify(name)}`);
  }
  return data;
}

/** The same page of a list, whose items have these members for certain. Throws Unreachable. */
export function pageOf<Listed extends Page<unknown>>(door: Door, page: Listed, shape: Shape): Listed {
  having(door, page, { data: "array", meta: "object" });
  having(door, page.meta, { total: "number" });
  for (const item of page.data) having(door, item, shape);
  return page;
}

/** JSON's word for what a value is. */
export function typeIn(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The error for an answer that is not the API's. */
export function notTheApi(baseUrl: string | undefined, what: string): Unreachable {
  return new Unreachable(`${baseUrl} answers with ${what}, not as the API does: is baseUrl right?`);
}
