// The page of one goal: what the server tells of it is taken again when something happened, and another task is looked
// at without leaving the page. The log keeps its place: it is swapped only when another try is looked at.
import { follow } from "./log.js";
import { draw } from "./graph.js";

const PAUSE = 400; // ms between two looks at the server
const ENDS = {
  "goal.completed": "The goal is completed.",
  "goal.failed": "The goal failed.",
  "goal.cancelled": "The goal was cancelled.",
};

let asking = false;
let again = false;
let due = null;

function address() {
  const shown = document.getElementById("goal-log")?.dataset.log ?? "";
  const url = new URL(window.location.href);
  url.searchParams.set("log", shown);
  return url.pathname + url.search;
}

async function look() {
  due = null;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    await window.htmx.ajax("GET", address(), { source: "#goal-live", target: "#goal-live", swap: "none" });
  } finally {
    asking = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function soon() {
  due ??= setTimeout(look, PAUSE);
}

document.body.addEventListener("live-event", ({ detail }) => {
  if (detail.type === "task.output") return;
  if (ENDS[detail.type]) window.exo.said(ENDS[detail.type]);
  soon();
});

// Another task or try: its address is a real one, so that it can be shared, opened in a tab and used without this.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-look]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const url = new URL(link.getAttribute("href"), window.location.href); // of an SVG's link, .href is no text
  const view = new URL(window.location.href).searchParams.get("view");
  if (view) url.searchParams.set("view", view);
  window.history.replaceState(window.history.state, "", url);
  look();
});

function refresh() {
  follow(document.querySelector("[data-log]"));
  draw(document.querySelector("[data-graph]"), document.getElementById("goal-tasks"));
}

document.addEventListener("htmx:after:swap", refresh);
refresh();
