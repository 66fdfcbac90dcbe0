// What every page does: copy buttons, times that stay true, keyboard, the palette, htmx's CSRF header.
// No inline handlers anywhere: pages say what they want with data attributes.
(() => {
  "use strict";

  const said = (words) => {
    const status = document.getElementById("live-status");
    if (status) status.textContent = words;
  };

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // No clipboard without a secure context: select the text next to it, so that Ctrl-C works.
      const code = button.parentElement.querySelector("[data-code]");
      if (code) window.getSelection().selectAllChildren(code);
      return said("Selected. Press Ctrl C to copy.");
    }
    button.classList.add("text-success");
    said("Copied");
    setTimeout(() => button.classList.remove("text-success"), 1200);
  }

  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

  // A person reads how long ago something was, with their own time on hover, or everything in UTC.
  const inUtc = document.documentElement.dataset.times === "utc";
  const two = (number) => String(number).padStart(2, "0");
  const isoOf = (moment) => new Date(moment).toISOString();
  const zoneOf = new Intl.DateTimeFormat("en", { timeZoneName: "short" });

  function localDate(moment) {
    const day = new Date(moment);
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  }

  function localClock(moment) {
    const day = new Date(moment);
    return [day.getHours(), day.getMinutes(), day.getSeconds()].map(two).join(":");
  }

  function ago(moment, now) {
    if (inUtc) {
      const iso = isoOf(moment);
      const isToday = iso.slice(0, 10) === isoOf(now).slice(0, 10);
      return `${isToday ? iso.slice(11, 19) : iso.slice(0, 16).replace("T", " ")} UTC`;
    }
    const seconds = (now - moment) / 1000;
    const far = Math.abs(seconds);
    if (far > 30 * 86400) return localDate(moment);
    const unit = UNITS.find(([size]) => far >= size);
    if (!unit) return "just now";
    const words = `${Math.floor(far / unit[0])} ${unit[1]}`;
    return seconds > 0 ? `${words} ago` : `in ${words}`;
  }

  // What is on hover: the ISO time in UTC, and before it the reader's own.
  function exact(moment) {
    const iso = isoOf(moment).replace(/\.\d+Z$/, "Z");
    if (inUtc) return iso;
    const zone = zoneOf.formatToParts(moment).find((part) => part.type === "timeZoneName")?.value ?? "";
    return `${localDate(moment)} ${localClock(moment)} ${zone}\n${iso}`;
  }

  // The time of a line of output.
  function clock(moment) {
    const iso = isoOf(moment);
    return (inUtc ? iso.slice(11, 19) : localClock(moment)) + iso.slice(19, 23);
  }

  function duration(ms) {
    if (ms < 1000) return `${Math.round(ms)} ms`;
    if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
    const seconds = Math.round(ms / 1000);
    const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
    if (minutes < 60) return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function tellTimes() {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const moment = Date.parse(time.dateTime);
      const words = ago(moment, now);
      if (time.textContent !== words) time.textContent = words;
      const hover = exact(moment);
      if (time.title !== hover) time.title = hover;
    }
    for (const clock of document.querySelectorAll("[data-elapsed-since]")) {
      clock.textContent = duration(Math.max(0, now - Date.parse(clock.dataset.elapsedSince)));
    }
  }

  // j and k walk the rows of a list, Enter opens the row under the focus (the row's link has it).
  function walk(step) {
    const links = [...document.querySelectorAll(".row-link")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
  }

  function openPalette() {
    const palette = document.getElementById("palette");
    if (!palette || palette.open) return;
    palette.showModal();
    palette.querySelector("input").select();
    document.body.dispatchEvent(new CustomEvent("palette-open"));
  }

  function walkPalette(event, palette) {
    const options = [...palette.querySelectorAll("#palette-results a")];
    if (!options.length || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    const at = options.indexOf(document.activeElement);
    if (event.key === "Enter") {
      if (at < 0) options[0].click();
      else return;
    } else {
      options[(at + (event.key === "ArrowDown" ? 1 : options.length - 1 + (at < 0))) % options.length].focus();
    }
    event.preventDefault();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-opens-palette], [data-print]");
    if (button?.dataset.copy !== undefined) copy(button);
    else if (button) openPalette();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const palette = document.getElementById("palette");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openPalette();
    }
    if (palette?.open) return walkPalette(event, palette);
    if (event.key === "Escape") {
      const menu = document.querySelector("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "j") walk(1);
    if (event.key === "k") walk(-1);
    if (event.key === "n" && document.querySelector("[data-new]")) document.querySelector("[data-new]").click();
  });

  document.addEventListener("htmx:config:request", (event) => {
    const token = document.cookie.split("; ").find((pair) => /^(__Host-)?csrftoken=/.test(pair));
    if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token.split("=")[1];
  });

  // A destructive form asks first, in the browser's own words; without JavaScript the server just does it.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener("alpine:init", () => {
    // Tabs: <div x-data="tabs" data-tab="first"> with buttons [data-tab-of] and panels [data-tab-panel].
    window.Alpine.data("tabs", () => ({
      active: "",
      init() {
        this.active = this.$el.dataset.tab;
        this.show();
      },
      choose(event) {
        const button = event.target.closest("[data-tab-of]");
        if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
        if (!this.has(button)) return; // a link to a page that has it
        event.preventDefault();
        this.go(button);
      },
      has(button) {
        return Boolean(this.$root.querySelector(`[data-tab-panel="${button.dataset.tabOf}"]`));
      },
      // The address says which one is shown, where the tabs name a parameter for it: so it can be shared.
      go(button) {
        this.active = button.dataset.tabOf;
        this.show();
        const name = this.$root.dataset.tabAddress;
        if (!name) return;
        const url = new URL(location.href);
        url.searchParams.set(name, this.active);
        history.replaceState(history.state, "", url);
      },
      step(event) {
        const buttons = [...this.$root.querySelectorAll("[data-tab-of]")];
        const focused = event.target.closest("[data-tab-of]");
        const by = { ArrowRight: 1, ArrowLeft: buttons.length - 1 }[event.key];
        if (focused && event.key === " ") {
          event.preventDefault();
          focused.click();
        }
        if (!by || !focused) return;
        const next = buttons[(buttons.indexOf(focused) + by) % buttons.length];
        if (this.has(next)) this.go(next);
        next.focus(); // one that is on another page is opened by Enter
      },
      show() {
        for (const button of this.$root.querySelectorAll("[data-tab-of]")) {
          const chosen = button.dataset.tabOf === this.active;
          button.setAttribute("aria-selected", String(chosen));
          button.tabIndex = chosen ? 0 : -1;
          button.classList.toggle("tab-active", chosen);
        }
        for (const panel of this.$root.querySelectorAll("[data-tab-panel]")) {
          panel.hidden = panel.dataset.tabPanel !== this.active;
        }
      },
    }));
  });

  // What a person kept in this tab (a pasted key) is not for who signs in next.
  function forgetPerson() {
    try {
      window.sessionStorage.clear();
    } catch {
      // Storage is switched off: nothing was kept.
    }
  }

  document.addEventListener("submit", (event) => {
    if (/^\/(logout|login|signup|dashboard\/account)/.test(event.target.getAttribute("action") || location.pathname)) forgetPerson();
  });

  document.addEventListener("DOMContentLoaded", tellTimes);
  document.addEventListener("htmx:after:swap", tellTimes);
  setInterval(tellTimes, 1000);

  window.exo = { ago, clock, duration, exact, said };
})();
