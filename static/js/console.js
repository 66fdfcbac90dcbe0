// The console of /dev/console: a form for each operation of the OpenAPI document, sent as the reader or with a key.

const page = document.querySelector(".console");
const find = (selector) => page.querySelector(selector);
const form = find(".console-form");
const select = find("#console-operation");
const keyField = find("#console-key");
const SHOWN_FIRST = ["x-receipt", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"];
const MAX_DEPTH = 4;
const NAMES = { "goals_create": { description: "My first goal", semanticPath: ["echo hello executor.one"] } };

let schema = {};
let operations = [];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Words of the document, in which `code` stands between backticks.
function written(text) {
  return text.split(/`([^`]+)`/).map((part, at) => (at % 2 ? element("code", {}, part) : part));
}

// --- the document -----------------------------------------------------------------------------------

function resolved(part) {
  if (!part?.$ref) return part?.allOf?.length === 1 ? resolved(part.allOf[0]) : (part ?? {});
  return part.$ref.replace("#/", "").split("/").reduce((found, name) => found[name], schema);
}

function listed() {
  const found = [];
  for (const [path, methods] of Object.entries(schema.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId) found.push({ path, method: method.toUpperCase(), ...operation });
    }
  }
  return found;
}

// A value that the schema would take, for the reader to change.
function example(part, name = "", depth = 0) {
  const shape = resolved(part);
  if (shape.example !== undefined) return shape.example;
  if (shape.examples?.length) return shape.examples[0];
  if (shape.default !== undefined && shape.default !== null) return shape.default;
  if (shape.enum) return shape.enum[0];
  const variant = (shape.oneOf ?? shape.anyOf)?.find((one) => resolved(one).type !== "null");
  if (variant) return example(variant, name, depth);
  const type = Array.isArray(shape.type) ? shape.type.find((one) => one !== "null") : shape.type;
  if (type === "object" || shape.properties) return depth > MAX_DEPTH ? {} : exampleObject(shape, name, depth);
  if (type === "array") return depth > MAX_DEPTH ? [] : [example(shape.items, name, depth + 1)];
  return { integer: shape.minimum ?? 1, number: 0.5, boolean: true }[type] ?? exampleText(shape, name);
}

function exampleObject(shape, name, depth) {
  if (name === "params" && !shape.properties) return { command: "echo hello" };
  const fields = Object.entries(shape.properties ?? {}).filter(([, field]) => !resolved(field).readOnly);
  const wanted = fields.filter(([field]) => shape.required?.includes(field));
  const chosen = wanted.length ? wanted : fields;
  return Object.fromEntries(chosen.map(([field, inner]) => [field, example(inner, field, depth + 1)]));
}

function exampleText(shape, name) {
  if (shape.format === "date-time") return new Date(Date.now() + 86_400_000).toISOString();
  if (shape.format === "email" || name === "email") return "you@example.com";
  return shape.type === undefined ? { any: "JSON" } : name || "text";
}

// --- the form ---------------------------------------------------------------------------------------

function fillOperations() {
  const groups = Map.groupBy ? Map.groupBy(operations, tagOf) : grouped();
  for (const [tag, members] of groups) {
    const options = members.map((one) => element("option", { value: one.operationId }, `${one.method} ${one.path}`));
    select.append(element("optgroup", { label: tag }, ...options));
  }
}

const tagOf = (operation) => operation.tags?.[0] ?? "other";

function grouped() {
  const groups = new Map();
  for (const one of operations) groups.set(tagOf(one), [...(groups.get(tagOf(one)) ?? []), one]);
  return groups;
}

const chosen = () => operations.find((one) => one.operationId === select.value) ?? operations[0];

function show() {
  const operation = chosen();
  find(".console-about").replaceChildren(...written(operation.description ?? ""));
  const fields = (operation.parameters ?? []).map(resolved).map(parameterField);
  const body = operation.requestBody && resolved(operation.requestBody).content["application/json"]?.schema;
  if (body) fields.push(bodyField(operation, body));
  find(".console-fields").replaceChildren(...fields);
  find(".console-answer").hidden = true;
  showAddress();
}

function parameterField(parameter) {
  const id = `parameter-${parameter.name}`;
  const shape = resolved(parameter.schema);
  const properties = { id, name: parameter.name, required: !!parameter.required };
  const options = shape.enum && ["", ...shape.enum].map((value) => element("option", { value }, value || "—"));
  const control = options ? element("select", properties, ...options) : element("input", { ...properties, type: "text", autocomplete: "off" });
  control.dataset.in = parameter.in;
  const label = element("label", { htmlFor: id }, parameter.name, parameter.required ? " (needed)" : "");
  const row = element("div", { className: "console-row" }, label, control);
  if (parameter.description) {
    const note = element("p", { className: "console-note", id: `${id}-note` }, ...written(parameter.description));
    control.setAttribute("aria-describedby", note.id);
    row.append(note);
  }
  return row;
}

function bodyField(operation, body) {
  const text = JSON.stringify(NAMES[operation.operationId] ?? example(body), null, 2);
  const area = element("textarea", { id: "console-body", spellcheck: false, rows: Math.min(text.split("\n").length + 2, 20) });
  area.value = text;
  const label = element("label", { htmlFor: "console-body" }, "Body, as JSON");
  const row = element("div", { className: "console-row" }, label, area);
  const known = Object.entries(resolved(body).properties ?? {});
  if (known.length) row.append(knownFields(known, resolved(body).required ?? []));
  return row;
}

function knownFields(known, required) {
  const items = known.flatMap(([name, field]) => {
    const shape = resolved(field);
    const type = [shape.type].flat().join(" or ") || (shape.enum ?? []).join(" | ") || "any JSON";
    const needed = required.includes(name) ? ", needed" : "";
    return [element("dt", {}, name), element("dd", {}, `${type}${needed}. `, ...written(field.description ?? shape.description ?? ""))];
  });
  return element("details", {}, element("summary", {}, "Fields"), element("dl", {}, ...items));
}

function address() {
  let path = chosen().path;
  const query = new URLSearchParams();
  for (const control of find(".console-fields").querySelectorAll("[data-in]")) {
    if (control.dataset.in === "path") path = path.replace(`{${control.name}}`, encodeURIComponent(control.value) || `{${control.name}}`);
    else if (control.dataset.in === "query" && control.value) query.set(control.name, control.value);
  }
  return query.size ? `${path}?${query}` : path;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// What a shell runs for the operation as it is filled in. A browser's session is of no use there, so it speaks with a key.
function curl() {
  const { method } = chosen();
  const parts = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(location.origin + address())}`];
  if (form.elements.who.value !== "nobody") parts.push(`-H ${quoted(`Authorization: Bearer ${keyField.value.trim() || "exo_YOUR_KEY"}`)}`);
  const body = find("#console-body")?.value;
  if (body) parts.push(`-H ${quoted("Content-Type: application/json")}`, `-d ${quoted(body)}`);
  return parts.join(" \\\n  ");
}

function showAddress() {
  find(".console-address").textContent = `${chosen().method} ${address()}`;
  find(".console-curl").textContent = curl();
  const key = form.elements.who.value === "key";
  find(".console-key").hidden = !key;
  keyField.required = key;
}

// --- sending ----------------------------------------------------------------------------------------

function request() {
  const { method } = chosen();
  const who = form.elements.who.value;
  const headers = { Accept: "application/json" };
  if (who === "key") headers.Authorization = `Bearer ${keyField.value.trim()}`;
  if (who === "cookie" && method !== "GET") headers["X-CSRFToken"] = page.dataset.csrf;
  const body = find("#console-body")?.value;
  if (body) headers["Content-Type"] = "application/json";
  return { method, headers, body: body || undefined, credentials: who === "cookie" ? "same-origin" : "omit", redirect: "manual" };
}

async function send(event) {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  find(".console-answer").hidden = false;
  find(".console-status").textContent = "Waiting for the answer";
  const began = performance.now();
  try {
    const answer = await fetch(address(), request());
    const text = await answer.text();
    showAnswer(answer, text, performance.now() - began);
  } catch (error) {
    find(".console-status").textContent = `No answer came: ${error.message}. It is not known whether it was done.`;
    find(".console-body").textContent = "";
  } finally {
    button.disabled = false;
  }
}

function showAnswer(answer, text, took) {
  const status = find(".console-status");
  const receipt = answer.headers.get("x-receipt");
  const word = answer.ok ? "Done" : "Refused";
  const time = took < 1000 ? `${Math.round(took)} ms` : `${(took / 1000).toFixed(1)} s`;
  status.textContent = `${word}: ${answer.status} ${answer.statusText} in ${time}${receipt ? `, receipt ${receipt}` : ""}`;
  status.dataset.ok = String(answer.ok);
  find(".console-body").textContent = pretty(text) || "(empty)";
  const headers = [...answer.headers].sort(([one], [other]) => rankOf(one) - rankOf(other));
  const rows = headers.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  find(".console-headers dl").replaceChildren(...rows);
  find("#console-answer-title").scrollIntoView({ block: "nearest" });
}

const rankOf = (name) => (SHOWN_FIRST.includes(name) ? SHOWN_FIRST.indexOf(name) : SHOWN_FIRST.length);

// Indented token by token: numbers keep all their digits, which JSON.parse would round.
function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  const shown = tokens.map((token) => {
    if (token === "{" || token === "[") return (depth += 1), token + line();
    if (token === "}" || token === "]") return (depth -= 1), line() + token;
    return token === "," ? token + line() : token === ":" ? ": " : token;
  });
  return shown.join("");
}

// --- the page ---------------------------------------------------------------------------------------

function chooseByAddress() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (operations.some((one) => one.operationId === wanted)) select.value = wanted;
  show();
}

schema = await (await fetch(page.dataset.schema)).json();
operations = listed();
fillOperations();
select.value = "goals_create";
keyField.value = sessionStorage.getItem("docs-key") ?? "";
select.addEventListener("change", () => {
  history.replaceState(null, "", `#${select.value}`);
  show();
});
form.addEventListener("input", showAddress);
form.addEventListener("submit", send);
addEventListener("hashchange", chooseByAddress);
form.hidden = false;
chooseByAddress();
