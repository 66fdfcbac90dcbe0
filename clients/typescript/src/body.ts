/** What is sent, as JSON. */

/** Throws a TypeError for what JSON would quietly say null instead of: NaN, an invalid Date, a hole in a list. */
export function jsonOf(body: unknown): string {
  const places = new WeakMap<object, string>();
  return JSON.stringify(body, function (this: Record<string, unknown>, name: string, value: unknown) {
    const place = placeOf(places.get(this), name, Array.isArray(this));
    const given = this[name]; // `value` is what its toJSON made of it
    if (isLost(value, Array.isArray(this)) || (value === null && given !== null)) {
      throw new TypeError(`${place || "The body"} cannot be sent: JSON has no ${told(given)}.`);
    }
    if (typeof value === "object" && value !== null) places.set(value, place);
    return typeof value === "bigint" ? value.toString() : value;
  });
}

/** Whether JSON.stringify says null for it; what is no JSON is left out of an object, and only there. */
function isLost(value: unknown, isInList: boolean): boolean {
  if (typeof value === "number" || value instanceof Number) return !Number.isFinite(Number(value));
  return isInList && ["undefined", "function", "symbol"].includes(typeof value);
}

function placeOf(parent: string | undefined, name: string, isInList: boolean): string {
  if (isInList) return `${parent ?? ""}[${name}]`;
  return parent ? `${parent}.${name}` : name;
}

function told(given: unknown): string {
  if (given instanceof Date) return "Invalid Date";
  return typeof given === "object" ? Object.prototype.toString.call(given) : String(given);
}
