// A live list does not move what is under the pointer or has the focus. While somebody is in a list marked
// [data-steady], what its update changes in rows that are there is shown, rows that would push others down wait behind a
// button ("3 new"), and so does an update that would drop or reorder rows. It is applied by the button, or when they leave.
const ROWS = ":is(tr, li)[id]";
const canHover = window.matchMedia("(hover: hover)");
const ids = (root) => [...root.querySelectorAll(ROWS)].map((row) => row.id);

const inside = (list) => (canHover.matches && list.matches(":hover")) || list.contains(document.activeElement);

// Stands before the list and takes no room: it is there from the beginning, so that a screen reader hears it change.
function newsOf(list) {
  const before = list.previousElementSibling;
  if (before?.matches(".news")) return before;
  const news = Object.assign(document.createElement("div"), { className: "news" });
  news.setAttribute("role", "status");
  list.before(news);
  return news;
}

function tell(list, words) {
  const news = newsOf(list);
  list.toggleAttribute("data-held", Boolean(words));
  if (!words) return news.replaceChildren();
  if (news.textContent === words) return undefined;
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  button.className = "btn btn-primary btn-sm";
  button.addEventListener("click", () => apply(document.getElementById(list.id)));
  return news.replaceChildren(button);
}

function apply(list) {
  if (!list?.hasAttribute("data-held")) return;
  list.toggleAttribute("data-at-once", true);
  list.dispatchEvent(new CustomEvent("steady"));
}

// What of an update can be shown now: {text}, or null when nothing of it can; and how many rows wait.
function shownNow(list, text) {
  const update = new DOMParser().parseFromString(text, "text/html").getElementById(list.id);
  const known = ids(list);
  if (!update || !known.length) return { text, waiting: 0 };
  const rows = [...update.querySelectorAll(ROWS)];
  const last = rows.findLastIndex((row) => known.includes(row.id));
  const fresh = rows.slice(0, last + 1).filter((row) => !known.includes(row.id));
  fresh.forEach((row) => row.remove());
  const kept = rows.slice(0, last + 1).filter((row) => known.includes(row.id)).map((row) => row.id);
  // Rows behind the last one that stays may go: what is above them does not move.
  if (last < 0 || kept.join() !== known.slice(0, kept.length).join()) return { text: null, waiting: fresh.length };
  return { text: fresh.length ? update.outerHTML : text, waiting: fresh.length };
}

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const list = ctx.sourceElement;
  if (!list?.matches?.("[data-steady]") || ctx.response.status !== 200) return;
  if (list.hasAttribute("data-at-once") || !inside(list)) return tell(list, "");
  const { text, waiting } = shownNow(list, ctx.text);
  tell(list, waiting ? `${waiting} new` : text === null ? "Update the list" : "");
  if (text === null) event.preventDefault();
  else ctx.text = text;
});

// Morphing drops attributes that the server does not know: whether the list is held stands in its news as well.
document.addEventListener("htmx:after:swap", () => {
  for (const list of document.querySelectorAll("[data-steady]")) {
    list.toggleAttribute("data-at-once", false);
    list.toggleAttribute("data-held", Boolean(newsOf(list).textContent));
  }
});

for (const list of document.querySelectorAll("[data-steady]")) newsOf(list);
for (const type of ["pointerout", "focusout"]) {
  document.addEventListener(type, (event) => {
    const list = event.target.closest?.("[data-steady][data-held]");
    if (!list) return;
    setTimeout(() => inside(list) || newsOf(list).matches(":hover, :focus-within") || apply(list)); // where to is known then
  });
}
