// The heartbeat of the executor as a trace of the last minute: one mark a tick, taller when something ran.
//
// Ticks come from GET /api/state, asked for every few seconds while the page is visible; what ran comes from the live
// events. Nothing moves for somebody who prefers no motion: then only the words are kept true.
const svg = document.getElementById("pulse");
const words = document.getElementById("pulse-words");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const SPAN = 60000; // milliseconds across the trace
const [WIDTH, BASE] = [1200, 44];
const HEIGHTS = { tick: 12, ran: 36 };
const KINDS = {
  "task.completed": "ran", "goal.completed": "ran", "task.started": "ran", "goal.created": "ran",
  "task.failed": "failed", "goal.failed": "failed", "correction.applied": "healed",
};
const ASKED_EVERY = 3000;

let ticks = Number(words?.dataset.ticks ?? 0);
let asked = Date.now();
let marks = []; // {at, kind}

// What happened in the last minute before the page was opened stands in the list below.
function recall() {
  for (const row of document.querySelectorAll("#board [data-type]")) {
    const at = Date.parse(row.querySelector("time")?.dateTime ?? "");
    const kind = KINDS[row.dataset.type];
    if (kind && Date.now() - at < SPAN) marks.push({ at, kind });
  }
}

function spike(at, now, height) {
  const x = WIDTH - ((now - at) / SPAN) * WIDTH;
  return `M${(x - 3).toFixed(1)} ${BASE}l2 ${-height}l2 ${height + height / 4}l2 ${-height / 4}`;
}

function draw() {
  const now = Date.now();
  marks = marks.filter((mark) => now - mark.at < SPAN);
  const paths = { tick: "", ran: "", healed: "", failed: "" };
  for (const mark of marks) paths[mark.kind] += spike(mark.at, now, HEIGHTS[mark.kind] ?? HEIGHTS.ran);
  svg.querySelector(".pulse-line").setAttribute("d", `M0 ${BASE}H${WIDTH}${paths.tick}`);
  for (const kind of ["ran", "healed", "failed"]) svg.querySelector(`.pulse-${kind}`).setAttribute("d", paths[kind]);
}

function say() {
  const lately = marks.filter((mark) => mark.kind === "tick").length;
  const times = (count) => `${count.toLocaleString("en")} time${count === 1 ? "" : "s"}`;
  const rest = document.querySelector("#board [data-open]") ? "It waits for a task to end" : "It is at rest";
  words.textContent = lately
    ? `Your executor ticked ${times(lately)} in the last minute, ${times(ticks)} in all`
    : `${rest}. Your executor ticked ${times(ticks)} in all`;
}

async function ask() {
  if (document.hidden) return;
  let answer;
  try {
    answer = await fetch("/api/state", { credentials: "same-origin", headers: { Accept: "application/json" } });
  } catch {
    words.textContent = "Not reachable. It is asked again in a moment.";
    return;
  }
  if (!answer.ok) return;
  const state = await answer.json();
  const now = Date.now();
  // How many there were is known, not when: they are spread over the time since the last answer.
  const fresh = Math.min(60, Math.max(0, state.tickCount - ticks));
  const from = Math.max(asked, now - SPAN);
  for (let one = 1; one <= fresh; one += 1) marks.push({ at: from + ((now - from) * one) / fresh, kind: "tick" });
  [ticks, asked] = [state.tickCount, now];
  say();
}

if (svg && words) {
  document.body.addEventListener("live-event", (event) => {
    const kind = KINDS[event.detail.type];
    if (kind) marks.push({ at: Date.now(), kind });
  });
  if (!still) {
    recall();
    draw();
    setInterval(() => document.hidden || draw(), 100);
  }
  setInterval(ask, ASKED_EVERY);
  document.addEventListener("visibilitychange", ask);
  ask();
}
