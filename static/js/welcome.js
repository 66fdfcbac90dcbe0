// The first minute: a goal that begins elsewhere (the curl of this page, in a terminal) is offered to be watched.
const seen = document.querySelector("[data-goal-seen]");

document.body.addEventListener("live-event", ({ detail }) => {
  if (detail.type !== "goal.created" || !seen) return;
  seen.querySelector("a").setAttribute("href", `/dashboard/goals/${detail.data.goal}`);
  seen.hidden = false;
});
