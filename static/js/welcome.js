// The first minute. The key that is shown goes along to the samples of /dev in this tab, as one that is pasted there
// (docs.js keeps it under the same name; app.js forgets it at sign-out).
const key = document.querySelector("[data-new-key] [data-code]")?.textContent.trim();
try {
  if (key) window.sessionStorage.setItem("docs-key", key);
} catch {
  // Storage is switched off: the reader can paste it.
}

// A goal that begins elsewhere (the curl of this page, in a terminal) is offered to be watched.
const seen = document.querySelector("[data-goal-seen]");

document.body.addEventListener("live-event", ({ detail }) => {
  if (detail.type !== "goal.created" || !seen) return;
  seen.querySelector("a").setAttribute("href", `/dashboard/goals/${detail.data.goal}`);
  seen.hidden = false;
});
