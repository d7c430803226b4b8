// What a reader does: pointing, moving, following, switching outcomes off.

function redraw() {
  if (!waiting) requestAnimationFrame(draw);
  waiting = true;
}

function fill(list, rows) {
  list.replaceChildren(...rows.flatMap(([name, text]) => {
    const [term, value] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    value.textContent = text;
    value.dataset.name = name;
    return [term, value];
  }));
}

function read() {
  if (!cursor) return fill(byId("reading"), [["cell", "point at the map"]]);
  const made = liveAt(spot);
  if (made) return readLive(made);
  const cell = cellAt(cursor);
  const rows = [[X.label, exact(X.values[cursor.x], WIDE)]];
  if (Y) rows.push([Y.label, exact(Y.values[cursor.y], WIDE)]);
  rows.push(["outcome", D.outcomes[cells.outcome[cell]].word], ["steps", String(cells.steps[cell])]);
  rows.push(["final loss", exact(cells.loss[cell], WIDE)]);
  const rest = D.rests[cells.rest[cell]];
  if (rest) rows.push(["rests at", placed(rest)]);
  const column = `${cursor.x + 1} of ${D.nx}`;
  rows.push(["cell", Y ? `column ${column}, row ${cursor.y + 1} of ${D.ny}` : column]);
  fill(byId("reading"), rows);
}

// A descent that was made for the view.
function readLive(here) {
  const rows = [[X.label, exact(here.x, WIDE)], [Y.label, exact(here.y, WIDE)]];
  rows.push(["outcome", D.outcomes[here.outcome].word], ["steps", String(here.steps)]);
  rows.push(["final loss", exact(here.loss, WIDE)], ["cell", "made here, for this view"]);
  fill(byId("reading"), rows);
}

// A view of so many cells, inside the map.
function look(x0, x1, y0, y1) {
  const side = (from, to, length) => {
    const size = Math.min(length, Math.max(leastView(length), to - from));
    const start = Math.min(Math.max(0, (from + to - size) / 2), length - size);
    return [start, start + size];
  };
  const [a, b] = side(x0, x1, D.nx);
  const [c, d] = D.y ? side(y0, y1, D.ny) : [0, 1];
  view = { x0: a, x1: b, y0: c, y1: d };
  redraw();
}

function zoom(factor, x = (view.x0 + view.x1) / 2, y = (view.y0 + view.y1) / 2) {
  look(x + (view.x0 - x) * factor, x + (view.x1 - x) * factor, y + (view.y0 - y) * factor, y + (view.y1 - y) * factor);
}

// What an arrow goes by: a cell, or where more can be seen a part of the view.
const stepOf = (from, to, length) => (leastView(length) < 1 && to - from < 24 ? (to - from) / 24 : 1);
const whole = () => look(0, D.nx, 0, D.ny);
const move = (x, y) => look(view.x0 + x, view.x1 + x, view.y0 + y, view.y1 + y);

// Place on the map under the mouse; null outside of it.
function under(event, anywhere = false) {
  const box = map.getBoundingClientRect();
  const frame = frameOf(map.clientWidth, map.clientHeight);
  const across = (event.clientX - box.left - frame.left) / frame.width;
  const down = (event.clientY - box.top - frame.top) / frame.height;
  if (!anywhere && (across < 0 || across >= 1 || down < 0 || down >= 1)) return null;
  return { x: view.x0 + across * (view.x1 - view.x0), y: view.y1 - down * (view.y1 - view.y0) };
}

function point(place) {
  const whole = (value, length) => Math.min(length - 1, Math.max(0, Math.floor(value)));
  cursor = place && { x: whole(place.x, D.nx), y: whole(place.y, D.ny) };
  spot = place;
  read();
  redraw();
}

// What is known at the place that is pointed at: of a descent made for the view, else of the cell.
function known(cell) {
  const at = cellAt(cell);
  const ofCell = { x: X.values[cell.x], y: Y && Y.values[cell.y], outcome: cells.outcome[at], steps: cells.steps[at], made: false };
  return liveAt(spot) || ofCell;
}

function follow(cell) {
  chosen = { ...cell };
  const line = { x: cells.xLines, y: cells.yLines };
  const here = known(cell);
  const value = (knob) => (knob.x !== undefined ? (here.made ? here.x : line.x[knob.x][cell.x]) : here.made ? here.y : line.y[knob.y][cell.y]);
  const k = D.knobs.map((knob) => (knob.fixed !== undefined ? knob.fixed : value(knob)));
  followed = descend(D, k, cells.tables[D.table === null ? 0 : k[D.table]]);
  // Whether a descent could stay where it came to is asked of the engines alone.
  if (followed.outcome === CONVERGED && here.outcome === UNSTABLE) followed.outcome = UNSTABLE;
  tell(k, here);
  begun(k);
  redraw();
}

function tell(k, here) {
  const { points, outcome, steps, cut } = followed;
  const end = points[points.length - 1];
  const at = D.parameters.map((p, i) => `${p.label} = ${end.values[i]}`).slice(0, 6).join(", ");
  const names = [`${X.label} = ${exact(here.x, WIDE)}`];
  if (Y) names.push(`${Y.label} = ${exact(here.y, WIDE)}`);
  const word = D.outcomes[outcome].word;
  let text = `${names.join(", ")}: ${cut ? "given up" : word} after ${steps} step${steps === 1 ? "" : "s"}`;
  text += ` at loss ${end.loss}, ${at}${D.parameters.length > 6 ? ", …" : ""}.`;
  if (!WIDE) text += ` Recomputed here in f64; the sweep ran in ${NAMED[D.precision]}`;
  const other = D.outcomes[here.outcome].word;
  if (!cut && (outcome !== here.outcome || (WIDE && steps !== here.steps))) {
    text += `${WIDE ? " The sweep" : " and"} came to ${other} after ${here.steps} steps`;
  }
  const box = byId("path-text");
  box.textContent = text.replace(/\.?$/, ".").replaceAll(" = ", "\u00a0=\u00a0");
  Object.assign(box.dataset, { outcome: word, steps, loss: end.loss, values: JSON.stringify(end.values) });
}

const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1],
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = KEYS[event.key];
  if (arrow && event.shiftKey) {
    move(arrow[0] * (view.x1 - view.x0) * 0.2, arrow[1] * (view.y1 - view.y0) * 0.2);
  } else if (arrow) {
    const by = [stepOf(view.x0, view.x1, D.nx), stepOf(view.y0, view.y1, D.ny)];
    const from = cursor ? spot : { x: (view.x0 + view.x1) / 2 - arrow[0] * by[0], y: (view.y0 + view.y1) / 2 - arrow[1] * by[1] };
    const middle = (value, step) => (step === 1 ? Math.floor(value) + 0.5 : value);
    point({ x: middle(from.x + arrow[0] * by[0], by[0]), y: middle(from.y + arrow[1] * by[1], by[1]) });
    // The map follows the chosen cell.
    const over = (at, by, lo, hi) => (at - by / 2 < lo ? at - by / 2 - lo : at + by / 2 > hi ? at + by / 2 - hi : 0);
    move(over(spot.x, by[0], view.x0, view.x1), over(spot.y, by[1], view.y0, view.y1));
  } else if ((event.key === "+" || event.key === "=") && cursor) zoom(0.7, spot.x, spot.y);
  else if (event.key === "+" || event.key === "=") zoom(0.7);
  else if (event.key === "-") zoom(1 / 0.7);
  else if (event.key === "0" || event.key === "Home") whole();
  else if ((event.key === "Enter" || event.key === " ") && cursor) follow(cursor);
  else return;
  event.preventDefault();
}

function listen() {
  map.addEventListener("wheel", (event) => {
    const place = under(event);
    if (!place) return;
    event.preventDefault();
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.002))), place.x, place.y);
  }, { passive: false });
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !under(event)) return;
    map.setPointerCapture(event.pointerId);
    dragged = { x: event.clientX, y: event.clientY, view: { ...view }, far: false };
  });
  map.addEventListener("pointermove", (event) => {
    if (dragged) {
      const [dx, dy] = [event.clientX - dragged.x, event.clientY - dragged.y];
      dragged.far ||= Math.hypot(dx, dy) > 4;
      if (!dragged.far) return;
      const frame = frameOf(map.clientWidth, map.clientHeight);
      const from = dragged.view;
      const [sx, sy] = [((from.x1 - from.x0) * dx) / frame.width, ((from.y1 - from.y0) * dy) / frame.height];
      look(from.x0 - sx, from.x1 - sx, from.y0 + sy, from.y1 + sy);
    } else point(under(event));
  });
  map.addEventListener("pointerup", (event) => {
    const click = dragged && !dragged.far;
    dragged = null;
    if (!click) return;
    point(under(event));
    if (cursor) follow(cursor);
  });
  map.addEventListener("pointercancel", () => (dragged = null));
  map.addEventListener("keydown", onKey);
  byId("nearer").addEventListener("click", () => zoom(0.7));
  byId("further").addEventListener("click", () => zoom(1 / 0.7));
  byId("whole").addEventListener("click", whole);
  listenToPath();
  const restyled = () => (paint(), redraw(), drawPath());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyled);
  addEventListener("resize", () => (redraw(), drawPath()));
}

function legend() {
  D.outcomes.forEach((outcome, code) => {
    if (outcome.cells === 0) return;
    const [label, box, swatch, note] = ["label", "input", "span", "small"].map((tag) => document.createElement(tag));
    Object.assign(box, { type: "checkbox", checked: true, value: outcome.word });
    swatch.className = "swatch";
    swatch.style.background = `linear-gradient(90deg, ${outcome.ramp.join(", ")})`;
    note.textContent = outcome.note;
    box.addEventListener("change", () => {
      box.checked ? hidden.delete(code) : hidden.add(code);
      paint();
      redraw();
    });
    label.append(box, swatch, `${outcome.word} ${outcome.share}`, note);
    byId("legend").append(label);
  });
}

function choices() {
  if (D.parameters.length < 3) {
    for (const [id, at] of [["path-x", 0], ["path-y", 1]]) byId(id).append(new Option("", at));
    return;
  }
  byId("path-choice").hidden = false;
  for (const [id, at] of [["path-x", 0], ["path-y", 1]]) {
    byId(id).append(...D.parameters.map((p, i) => new Option(p.label, i, i === at, i === at)));
    byId(id).addEventListener("change", () => path && (lay(), drawPath()));
  }
}

// The advice of the summary, beside the map.
function advise() {
  const from = D.report.findIndex((fact) => fact.label === "best α");
  const more = D.report.slice(from + 1).findIndex((fact) => fact.label !== "");
  const lines = from < 0 ? [] : D.report.slice(from, more < 0 ? undefined : from + 1 + more);
  byId("advice-box").hidden = lines.length === 0;
  byId("advice").replaceChildren(...lines.map((fact) => {
    const line = document.createElement("p");
    line.textContent = fact.parts.join(" · ");
    return line;
  }));
}

async function begin() {
  document.title = `${D.title} · alphasweep`;
  byId("title").textContent = D.title;
  const fixed = D.knobs.filter((knob) => knob.fixed !== undefined && !knob.name.startsWith("#"));
  const values = fixed.map((knob) => `${knob.name} = ${figure(knob.fixed)}`);
  byId("subtitle").textContent = [`rule ${D.rule}`, ...values, D.how].join(", ");
  byId("footer").textContent = D.footer;
  advise();
  fill(byId("summary"), D.report.map((fact) => [fact.label, fact.parts.join(" · ")]));
  if (!window.DecompressionStream) {
    byId("path-text").textContent =
      "This browser is too old for the page: it needs Chrome 103, Firefox 113, Safari 16.4 or later.";
    return;
  }
  cells = await load();
  X = new Axis(D.x, cells.xLines[0]);
  Y = D.y && new Axis(D.y, cells.yLines[0]);
  startLive();
  legend();
  choices();
  paint();
  listen();
  read();
  whole();
  map.dataset.ready = "yes";
}

begin();
