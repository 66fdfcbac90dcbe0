// The events of the account (or of one goal) as they happen, over one SSE stream while the page is visible.
//
// Read with fetch, not EventSource: every type arrives without being named first, and a refusal has a status. The id of
// the last event goes along with each new connection, so that nothing is missed while the page was hidden or offline.
// Each event becomes a DOM event on <body>: `live-event` with the event as detail, and `live-<first word of its type>`
// (live-goal, live-task, live-memory, ...), which htmx triggers listen to.
const marker = document.getElementById("live-status");
const address = marker?.dataset.stream;
let last = marker?.dataset.since ?? "";
let reading = null;
let pause = 500;
let ended = false;

function happened(event) {
  document.body.dispatchEvent(new CustomEvent("live-event", { detail: event }));
  document.body.dispatchEvent(new CustomEvent(`live-${event.type.split(".")[0]}`, { detail: event }));
}

function say(connected) {
  document.body.dataset.live = connected ? "on" : "off";
}

// One block of a stream (the lines between two blank ones) -> what it says.
function take(block) {
  const fields = { data: [] };
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const value = line.slice(at + 1).replace(/^ /, "");
    if (line.slice(0, at) === "data") fields.data.push(value);
    else fields[line.slice(0, at)] = value;
  }
  if (fields.id !== undefined) last = fields.id;
  if (fields.event === "end") ended = true;
  else if (fields.data.length) happened(JSON.parse(fields.data.join("\n")));
}

async function read(signal) {
  const headers = { Accept: "text/event-stream" };
  if (last) headers["Last-Event-ID"] = last;
  const answer = await fetch(address, { headers, signal, credentials: "same-origin" });
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    ended = true;
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  say(true);
  pause = 500;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    blocks.forEach(take);
    if (ended) return;
  }
}

async function follow() {
  while (!document.hidden && !ended) {
    reading = new AbortController();
    try {
      await read(reading.signal);
    } catch (error) {
      if (error.name === "AbortError") break;
    }
    say(false);
    if (!ended) await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(10000, pause * 2);
  }
  reading = null;
}

if (address) {
  follow();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) reading?.abort();
    else if (!reading) follow();
  });
  window.addEventListener("pagehide", () => reading?.abort());
}
