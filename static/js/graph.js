// The run graph: nodes and edges placed by dagre, drawn as SVG from the list of tasks, which holds all that it says.
const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [196, 46];
const LONGEST = 21; // characters of a name in its node
const ICONS = {
  completed: "circle-check", healed: "bandage", failed: "circle-x", cancelled: "circle-slash", skipped: "circle-slash",
  running: "circle-dot", ended: "circle-dot", delayed: "timer",
};

let drawn = ""; // which nodes and edges stand in the frame
let loading = null;

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function tasksOf(list) {
  return [...list.querySelectorAll("[data-position]:not([data-replaced])")].map((row) => ({
    id: row.dataset.position,
    needs: row.dataset.needs ? row.dataset.needs.split(" ") : [],
    state: row.dataset.state,
    word: row.dataset.word,
    name: row.dataset.name,
    chosen: row.querySelector("a")?.getAttribute("aria-current") === "true",
  }));
}

function short(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).trimEnd()}…` : text;
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

// The parts of a node that change while the goal runs.
function paint(node, task, icons) {
  node.setAttribute("class", `node node-${task.state}${task.chosen ? " node-chosen" : ""}`);
  node.setAttribute("aria-label", `Task ${Number(task.id) + 1}, ${task.name}: ${task.word}`);
  node.querySelector("use").setAttribute("href", `${icons}#${ICONS[task.state] ?? "circle-dashed"}`);
  node.querySelector(".node-word").textContent = capital(task.word);
}

function nodeOf(task, at, icons) {
  const node = element(
    "a", { href: `?task=${task.id}`, "data-look": "", "data-node": task.id, transform: `translate(${at.x - WIDTH / 2} ${at.y - HEIGHT / 2})` },
    element("title", {}, task.name),
    element("rect", { width: WIDTH, height: HEIGHT, rx: 6 }),
    element("svg", { x: 10, y: 15, width: 16, height: 16, class: "icon node-icon" }, element("use", { href: `${icons}#circle-dashed` })),
    element(
      "svg", { x: 34, width: WIDTH - 42, height: HEIGHT }, // cuts what is too long
      element("text", { y: 20, class: "node-name" }, short(task.name)),
      element("text", { y: 36, class: "node-word" }, ""),
    ),
  );
  paint(node, task, icons);
  return node;
}

function edgeOf(points) {
  const [first, ...rest] = points;
  let path = `M${first.x} ${first.y}`;
  for (let at = 0; at < rest.length - 1; at += 1) {
    const [here, next] = [rest[at], rest[at + 1]];
    const end = at === rest.length - 2 ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
    path += `Q${here.x} ${here.y} ${end.x} ${end.y}`;
  }
  if (rest.length === 1) path += `L${rest[0].x} ${rest[0].y}`;
  return element("path", { d: path, class: "edge" });
}

function place(frame, tasks, dagre) {
  const graph = new dagre.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 16, ranksep: 28, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const task of tasks) graph.setNode(task.id, { width: WIDTH, height: HEIGHT });
  for (const task of tasks) {
    for (const needed of task.needs) if (graph.hasNode(needed)) graph.setEdge(needed, task.id);
  }
  dagre.layout(graph);
  const { width, height } = graph.graph();
  const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Run graph: tasks and what they wait for" });
  for (const edge of graph.edges()) svg.append(edgeOf(graph.edge(edge).points));
  for (const task of tasks) svg.append(nodeOf(task, graph.node(task.id), frame.dataset.icons));
  frame.replaceChildren(svg);
  const chosen = tasks.find((task) => task.chosen);
  if (!chosen) return;
  const { x, y } = graph.node(chosen.id);
  frame.scrollTo(x - frame.clientWidth / 2, y - frame.clientHeight / 2);
}

export async function draw(frame, list) {
  if (!frame || !list) return;
  const tasks = tasksOf(list);
  const shape = tasks.map((task) => `${task.id}<${task.needs}:${task.name}`).join("|");
  if (shape === drawn) {
    for (const task of tasks) {
      const node = frame.querySelector(`[data-node="${task.id}"]`);
      if (node) paint(node, task, frame.dataset.icons);
    }
    return;
  }
  loading ??= import(frame.dataset.dagre);
  const dagre = await loading;
  if (!tasks.length) frame.replaceChildren();
  else place(frame, tasksOf(list), dagre);
  drawn = shape;
}
