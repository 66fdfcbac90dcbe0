// The documentation's pages: tabs for the languages of a sample, copy buttons, the reader's key in the samples.
// Without it every page is complete: all languages stand below each other.

const LANGUAGE = "docs-language";
const KEY = "docs-key";

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function kept(storage, name) {
  try {
    return storage.getItem(name);
  } catch {
    return null; // the reader's browser keeps nothing for us
  }
}

function keep(storage, name, value) {
  try {
    if (value) storage.setItem(name, value);
    else storage.removeItem(name);
  } catch {
    // it works without, until the page is left
  }
}

// --- tabs -------------------------------------------------------------------------------------------

const groups = [];

function makeTabs(sample) {
  const panels = [...sample.querySelectorAll(".code")];
  const list = element("div", { className: "sample-tabs", role: "tablist", ariaLabel: "Language" });
  const name = `sample-${groups.length}`;
  const tabs = panels.map((panel, at) => {
    const label = panel.querySelector(".code-label");
    const tab = element("button", { type: "button", role: "tab", id: `${name}-tab-${at}` }, label.textContent);
    panel.id = `${name}-${at}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => choose(panel.dataset.language, tab));
    label.hidden = true;
    return tab;
  });
  list.append(...tabs);
  list.addEventListener("keydown", (event) => step(event, tabs));
  sample.prepend(list);
  groups.push({ panels, tabs });
}

function step(event, tabs) {
  const at = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.click();
  tab.focus();
}

// One choice for the whole page; what the reader clicked on stays where it is.
function choose(language, anchor) {
  const before = anchor?.getBoundingClientRect().top;
  for (const { panels, tabs } of groups) {
    const found = panels.findIndex((panel) => panel.dataset.language === language);
    const chosen = Math.max(found, 0);
    panels.forEach((panel, at) => {
      panel.hidden = at !== chosen;
      tabs[at].setAttribute("aria-selected", String(at === chosen));
      tabs[at].tabIndex = at === chosen ? 0 : -1;
    });
  }
  if (anchor) {
    keep(localStorage, LANGUAGE, language);
    window.scrollBy(0, anchor.getBoundingClientRect().top - before);
  }
}

// --- copy -------------------------------------------------------------------------------------------

function addCopy(block) {
  const button = element("button", { type: "button", className: "copy", ariaLabel: "Copy this code" }, "Copy");
  button.addEventListener("click", async () => {
    const text = block.querySelector("code").textContent.replace(/^\$ /gm, "");
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(block.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  block.append(button);
}

// --- the reader's key -------------------------------------------------------------------------------

class KeyInSamples {
  constructor(panel) {
    this.panel = panel;
    this.shown = panel.dataset.placeholder;
    this.placeholder = panel.dataset.placeholder;
    this.field = panel.querySelector("#own-key");
    this.forget = panel.querySelector("[data-forget-key]");
    this.said = panel.querySelector(".your-key-said");
    panel.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.field.value) this.use(this.field.value.trim(), true);
    });
    panel.querySelector("[data-make-key]")?.addEventListener("click", (event) => this.make(event.target));
    this.forget.addEventListener("click", () => this.use(""));
    panel.hidden = false;
    const key = kept(sessionStorage, KEY);
    if (key) this.use(key, true);
  }

  use(key, remember = false) {
    const next = key || this.placeholder;
    for (const code of document.querySelectorAll(".samples code")) replaceText(code, this.shown, next);
    this.shown = next;
    this.field.value = "";
    keep(sessionStorage, KEY, remember ? key : "");
    this.forget.hidden = !key;
    for (const part of this.panel.querySelectorAll("[data-shown]")) part.hidden = (part.dataset.shown === "with") !== !!key;
    this.said.textContent = key ? `The samples hold ${key.slice(0, 12)}…` : "The samples hold no key of yours.";
  }

  // The same action as POST /api/auth/keys in a terminal. The key is kept nowhere but in the samples on this page.
  async make(button) {
    button.disabled = true;
    try {
      const answer = await fetch("/api/auth/keys", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.panel.dataset.csrf },
        body: JSON.stringify({ name: "Samples" }),
      });
      const body = await answer.json();
      if (answer.ok) this.use(body.apiKey);
      else this.said.replaceChildren(body.message, ...(answer.status === 402 ? [" ", element("a", { href: "/dashboard/usage" }, "See the plans")] : []));
    } catch {
      this.said.textContent = "The server did not answer, so it is not known whether a key was made. Look at your keys.";
    } finally {
      button.disabled = false;
    }
  }
}

// In text nodes only: a key is text, whatever is in it.
function replaceText(root, from, to) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.split(from).join(to);
}

// --- the page ---------------------------------------------------------------------------------------

document.querySelectorAll(".samples").forEach(makeTabs);
document.querySelectorAll(".doc .code").forEach(addCopy);
choose(kept(localStorage, LANGUAGE) ?? "bash");
const panel = document.querySelector(".your-key");
if (panel) new KeyInSamples(panel);
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
