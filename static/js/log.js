// The output of one try: lines with colours, live ones appended, searched, followed.
//
// What a program prints is hostile. It never becomes markup here: ansi_up only says which colours apply, and every
// character is set as text. Links are their text alone.
//
// Nothing is shown twice: the page and every event say how many characters of their stream came before them.
const MOST_LINES = 5000;
const KEPT_EVENTS = 2000; // of output, for a log that comes a moment after them
const ENDS = { "task.completed": "Succeeded", "task.failed": "Failed", "task.cancelled": "Cancelled" };
const NEAR = 24; // pixels from the end that count as the end
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g; // eslint-disable-line no-control-regex

const heard = [];
let current = null;

const length = (text) => [...text].length; // in code points, as the server counts

function rest(text, from) {
  return from <= 0 ? text : [...text].slice(from).join("");
}

// Leaves out what a terminal does not show: titles, links, pictures (OSC), and strings for other programs (DCS, APC, PM,
// SOS), also when they come in pieces. Each ends with its terminator, or with the line: one that nobody ends swallows no
// more than that.
class Visible {
  kind = "";
  held = "";

  of(text) {
    text = this.held + text;
    this.held = text.endsWith("\x1b") ? "\x1b" : "";
    text = text.slice(0, text.length - this.held.length);
    let shown = "";
    let at = 0;
    while (at < text.length) {
      const next = this.kind === "osc" ? /\x07|\x1b\\|\x9c|\n/g : this.kind ? /\x1b\x1b|\x1b\\|\x9c|\n/g : /\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]/g; // eslint-disable-line no-control-regex
      next.lastIndex = at;
      const found = next.exec(text);
      if (!this.kind) shown += text.slice(at, found ? found.index : text.length);
      if (!found) break;
      at = next.lastIndex;
      if (!this.kind) this.kind = /[\]\x9d]$/.test(found[0]) ? "osc" : "string"; // eslint-disable-line no-control-regex
      else if (found[0] === "\n") [this.kind, at] = ["", found.index];
      else if (found[0] !== "\x1b\x1b") this.kind = ""; // a doubled escape stands for one within the string
    }
    return shown;
  }
}

// ansi_up decides about colours; what it would write as HTML is taken as {text, classes}.
function painterOf(AnsiUp) {
  return class Painter extends AnsiUp {
    parts = [];

    nearest(colour) {
      if (colour.class_name !== "truecolor") return colour.class_name;
      const far = (other) => colour.rgb.reduce((sum, value, at) => sum + (value - other.rgb[at]) ** 2, 0);
      return this.ansi_colors.flat().reduce((best, other) => (far(other) < far(best) ? other : best)).class_name;
    }

    transform_to_html(fragment) {
      const classes = [];
      for (const style of ["bold", "faint", "italic", "underline"]) if (fragment[style]) classes.push(`ansi-${style}`);
      if (fragment.fg) classes.push(`${this.nearest(fragment.fg)}-fg`);
      if (fragment.bg) classes.push(`${this.nearest(fragment.bg)}-bg`);
      if (fragment.text) this.parts.push({ text: fragment.text, classes });
      return "";
    }

    read(text) {
      this.ansi_to_html(text);
      return this.parts.splice(0);
    }
  };
}

class Log {
  constructor(section, AnsiUp) {
    this.section = section;
    this.frame = section.querySelector("[data-log-lines]");
    this.quiet = section.querySelector("[data-log-quiet]");
    this.ends = { stdout: Number(section.dataset.stdout), stderr: Number(section.dataset.stderr) };
    const Painter = painterOf(AnsiUp);
    this.painters = { stdout: new Painter(), stderr: new Painter() };
    this.open = { stdout: null, stderr: null }; // the line that a stream has not ended yet
    this.visible = { stdout: new Visible(), stderr: new Visible() };
    this.following = true;
    this.hits = [];
    this.at = -1;
    const chunks = [...this.frame.querySelectorAll(".log-chunk")];
    for (const chunk of chunks) this.append(chunk.dataset.stream, chunk.textContent, chunk.dataset.at);
    for (const chunk of chunks) chunk.remove();
    this.listen();
    section.querySelector("[data-log-tools]").hidden = false;
    this.toEnd();
  }

  // A piece of a stream from the page or from an event.
  append(stream, text, at) {
    const box = document.createDocumentFragment();
    let lines = this.visible[stream].of(text).replace(/\r\n/g, "\n").replace(CONTROL, "").split("\n");
    if (lines.length > MOST_LINES) {
      this.say("Earlier lines are left out here; download the output to read them.");
      lines = lines.slice(-MOST_LINES);
      this.open[stream] = null;
    }
    lines.forEach((line, index) => {
      const isLast = index === lines.length - 1;
      if (isLast && !line) return;
      const row = this.open[stream] ?? this.row(stream, at);
      if (!row.isConnected && row.parentNode !== box) box.append(row);
      this.write(row, stream, line);
      this.open[stream] = isLast ? row : null;
    });
    this.frame.insertBefore(box, this.frame.querySelector("[data-log-end]"));
    this.quiet.hidden = true;
    this.shorten();
  }

  row(stream, at) {
    const row = document.createElement("div");
    row.className = stream === "stderr" ? "log-line log-line-err" : "log-line";
    if (at) {
      const time = document.createElement("time");
      time.dateTime = at;
      time.textContent = window.exo.clock(Date.parse(at));
      time.title = window.exo.exact(Date.parse(at));
      row.append(time);
      this.section.querySelector("[data-log-do=times]").hidden = false;
    }
    if (stream === "stderr") {
      const mark = document.createElement("span");
      mark.className = "log-mark";
      mark.textContent = "err";
      row.append(mark);
    }
    const words = document.createElement("span");
    words.className = "log-words";
    row.append(words);
    return row;
  }

  write(row, stream, line) {
    const words = row.querySelector(".log-words");
    for (const { text, classes } of this.painters[stream].read(line)) {
      const back = text.lastIndexOf("\r"); // what a progress bar writes over
      if (back >= 0) words.textContent = "";
      const shown = back >= 0 ? text.slice(back + 1) : text;
      if (!classes.length) {
        words.append(shown);
        continue;
      }
      const span = document.createElement("span");
      span.className = classes.join(" ");
      span.textContent = shown;
      words.append(span);
    }
  }

  shorten() {
    const rows = this.frame.getElementsByClassName("log-line");
    if (rows.length <= MOST_LINES) return;
    this.say("Earlier lines are left out here; download the output to read them.");
    while (rows.length > MOST_LINES) rows[0].remove();
  }

  say(words) {
    let note = this.frame.querySelector(".log-note");
    if (!note) {
      note = document.createElement("p");
      note.className = "log-note";
      this.frame.prepend(note);
    }
    note.textContent = words;
  }

  // What happened: only output of this try, and of it only what is not shown yet.
  hear({ data, timestamp }) {
    if (data.task !== this.section.dataset.taskId || String(data.attempt) !== this.section.dataset.attempt) return;
    if ("done" in this.section.dataset) return;
    const text = rest(data.text, this.ends[data.stream] - data.offset);
    if (!text) return;
    this.append(data.stream, text, timestamp);
    this.ends[data.stream] = data.offset + length(data.text);
    if (this.term) this.search();
    if (this.following) this.toEnd();
  }

  // How the try ended, where it did so while somebody watched; a page that is opened later has the line already.
  close({ type, data }) {
    if (data.task !== this.section.dataset.taskId || String(data.attempt) !== this.section.dataset.attempt) return;
    if (this.frame.querySelector("[data-log-end]")) return;
    const line = document.createElement("p");
    line.className = "log-end";
    line.dataset.logEnd = "";
    const took = data.durationMs === undefined ? "" : ` after ${window.exo.duration(data.durationMs)}`;
    const code = typeof data.exitCode === "number" ? `, exit code ${data.exitCode}` : "";
    line.textContent = `${ENDS[type]}${took}${code}.${data.message ? ` ${data.message}` : ""}`;
    this.frame.append(line);
    this.toEnd();
  }

  // Only one of the streams, or both.
  only(stream) {
    for (const name of ["stdout", "stderr"]) this.frame.classList.toggle(`log-only-${name}`, name === stream);
    this.search();
    this.toEnd();
  }

  rows() {
    return [...this.frame.getElementsByClassName("log-line")].filter((row) => row.checkVisibility());
  }

  toEnd() {
    if (this.following) this.frame.scrollTop = this.frame.scrollHeight;
  }

  listen() {
    this.frame.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.frame;
      this.press("follow", (this.following = scrollHeight - scrollTop - clientHeight < NEAR));
    }, { passive: true });
    this.section.addEventListener("click", (event) => {
      const button = event.target.closest("[data-log-do]");
      if (button) this[button.dataset.logDo]();
    });
    this.section.querySelector("[data-log-streams]").addEventListener("change", (event) => this.only(event.target.value));
    const find = this.section.querySelector("[data-log-find]");
    find.addEventListener("input", () => this.search());
    find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (event.shiftKey) this.back();
      else this.next();
    });
  }

  press(name, on) {
    this.section.querySelector(`[data-log-do=${name}]`).setAttribute("aria-pressed", String(on));
  }

  follow() {
    this.press("follow", (this.following = !this.following));
    this.toEnd();
  }

  wrap() {
    this.press("wrap", this.frame.classList.toggle("log-wrap"));
  }

  times() {
    this.press("times", this.frame.classList.toggle("log-times"));
  }

  async copy() {
    const lines = this.rows().map((row) => row.querySelector(".log-words").textContent);
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      window.exo.said("Copied");
    } catch {
      window.getSelection().selectAllChildren(this.frame);
      window.exo.said("Selected. Press Ctrl C to copy.");
    }
  }

  search() {
    this.term = this.section.querySelector("[data-log-find]").value.toLowerCase();
    const before = this.hits[this.at];
    for (const row of this.hits) row.classList.remove("log-hit", "log-hit-now");
    const rows = this.term ? this.rows() : [];
    this.hits = rows.filter((row) => row.querySelector(".log-words").textContent.toLowerCase().includes(this.term));
    for (const row of this.hits) row.classList.add("log-hit");
    this.at = this.hits.indexOf(before);
    this.tell();
    this.mark();
  }

  // The words themselves, where the browser can mark them without changing the page.
  mark() {
    if (!window.Highlight || !CSS.highlights) return;
    const ranges = [];
    for (const row of this.hits) {
      const walker = document.createTreeWalker(row.querySelector(".log-words"), NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.data.toLowerCase();
        for (let from = text.indexOf(this.term); from >= 0; from = text.indexOf(this.term, from + this.term.length)) {
          const range = new Range();
          range.setStart(node, from);
          range.setEnd(node, Math.min(from + this.term.length, node.length));
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("log-found", new Highlight(...ranges));
  }

  next() {
    this.step(1);
  }

  back() {
    this.step(-1);
  }

  step(by) {
    if (!this.hits.length) return;
    this.hits[this.at]?.classList.remove("log-hit-now");
    const from = this.at < 0 && by < 0 ? 0 : this.at;
    this.at = (from + by + this.hits.length) % this.hits.length;
    const row = this.hits[this.at];
    row.classList.add("log-hit-now");
    this.following = false;
    row.scrollIntoView({ block: "center" });
    this.tell();
  }

  tell() {
    const words = this.hits.length ? `${this.at + 1 || "–"} of ${this.hits.length}` : "none";
    this.section.querySelector("[data-log-count]").textContent = this.term ? words : "";
  }
}

document.body.addEventListener("live-event", ({ detail }) => {
  if (ENDS[detail.type]) current?.close(detail);
  if (detail.type !== "task.output") return;
  heard.push(detail);
  if (heard.length > KEPT_EVENTS) heard.shift();
  current?.hear(detail);
});

// Bring a log of the page to life; one that lives already stays as it is.
export async function follow(section) {
  if (!section || section === current?.section || section.dataset.ready) return;
  section.dataset.ready = "";
  const { AnsiUp } = await import(section.dataset.ansi);
  current = new Log(section, AnsiUp);
  heard.forEach((event) => current.hear(event));
}
