/** Whether a request that came to your webhook is genuine. */

import { InvalidSignature } from "./errors.js";
import type { Event } from "./events.js";

/** The headers of a request, as `fetch` or Node's `http` have them. */
export type HeadersLike = Headers | Record<string, string | string[] | undefined>;

const WINDOW_SECONDS = 300;
const SIGNATURE = /^v1=([0-9a-f]{64})$/;

/**
 * The event in a genuine request; InvalidSignature for any other.
 *
 * `body`: the raw bytes, before anything parses them. `secret`: as it was shown, with `whsec_`; several while
 * you exchange one for another. While a secret is rotated a request carries a signature of each: one has to be right.
 * A request that is more than five minutes away from this clock is refused; keep the ids (header Webhook-Id) that you
 * have taken, the same may come twice.
 */
export async function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers: HeadersLike,
  secret: string | string[],
): Promise<Event> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  if (!id || !timestamp || !signatures) throw new InvalidSignature("The headers of a signed webhook are missing.");
  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > WINDOW_SECONDS) {
    throw new InvalidSignature("It was not sent within five minutes of this clock.");
  }
  const secrets = [secret].flat();
  if (secrets.length === 0 || secrets.includes("")) throw new TypeError("The secret is empty.");
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  const signed = joined(`${id}.${timestamp}.`, bytes);
  const verdicts = await Promise.all(secrets.map((one) => isSigned(signed, signatures, one)));
  if (!verdicts.includes(true)) throw new InvalidSignature("No signature of it was made with this secret.");
  return JSON.parse(new TextDecoder().decode(bytes)) as Event;
}

async function isSigned(signed: Uint8Array<ArrayBuffer>, signatures: string, secret: string): Promise<boolean> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), hmac, false, ["verify"]);
  for (const one of signatures.split(" ")) {
    const hex = SIGNATURE.exec(one)?.[1];
    // `verify` compares in constant time.
    if (hex && (await crypto.subtle.verify("HMAC", key, bytesOf(hex), signed))) return true;
  }
  return false;
}

function header(headers: HeadersLike, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found.join(", ") : found;
}

function joined(text: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(text);
  const all = new Uint8Array(head.length + bytes.length);
  all.set(head);
  all.set(bytes, head.length);
  return all;
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
