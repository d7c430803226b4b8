// The page: a map that is read, moved and asked for paths.

const byId = (id) => document.getElementById(id);
const D = JSON.parse(byId("data").textContent);
const WIDE = D.precision === "f64";
const NAMED = { f32: "f32", compensated: "compensated f32", f64: "f64" };

// Base64, deflated, bytes of equal weight side by side.
async function unpack(text, Type) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = Type.BYTES_PER_ELEMENT;
  const count = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let at = 0; at < size; at++) {
    for (let value = 0; value < count; value++) bytes[value * size + at] = planes[at * count + value];
  }
  return new Type(bytes.buffer);
}

async function load() {
  const all = (texts, Type) => Promise.all(texts.map((text) => unpack(text, Type)));
  const [bytes, [steps], [loss], xLines, yLines, tables] = await Promise.all([
    all([D.outcome, D.shade], Uint8Array), all([D.steps], Uint32Array),
    all([D.loss], WIDE ? Float64Array : Float32Array), all(D.x_lines, Float64Array), all(D.y_lines, Float64Array),
    Promise.all(D.tables.map((table) => all(table, Float64Array))),
  ]);
  return { outcome: bytes[0], shade: bytes[1], steps, loss, xLines, yLines, tables };
}

const map = byId("map");
const hidden = new Set();
let cells, X, Y, view, colours, cursor = null, chosen = null, followed = null, dragged = null, waiting = false;

const cellAt = ({ x, y }) => y * D.nx + x;
const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));

// One colour per cell as the canvas keeps it; that of the page where its outcome is hidden.
function paint() {
  const little = (red, green, blue) => (255 << 24) | (blue << 16) | (green << 8) | red;
  const ramps = D.outcomes.map((outcome) => outcome.ramp.map((colour) => little(...rgb(colour))));
  const back = little(...rgb(style("--panel")));
  const shades = ramps[0].length - 1;
  colours = new Int32Array(cells.outcome.length);
  for (let cell = 0; cell < colours.length; cell++) {
    const outcome = cells.outcome[cell];
    colours[cell] = hidden.has(outcome) ? back : ramps[outcome][Math.round((cells.shade[cell] / 255) * shades)];
  }
}

function frameOf(width, height) {
  return { left: 78, top: 26, width: Math.max(40, width - 96), height: Math.max(40, height - 78) };
}

function drawCells(context, frame, ratio) {
  const width = Math.round(frame.width * ratio);
  const height = Math.round(frame.height * ratio);
  const image = context.createImageData(width, height);
  const pixels = new Int32Array(image.data.buffer);
  const columns = Int32Array.from({ length: width }, (_, at) => {
    return Math.min(D.nx - 1, Math.floor(view.x0 + ((at + 0.5) / width) * (view.x1 - view.x0)));
  });
  for (let row = 0; row < height; row++) {
    const y = Math.min(D.ny - 1, Math.floor(view.y1 - ((row + 0.5) / height) * (view.y1 - view.y0)));
    for (let at = 0, to = row * width; at < width; at++, to++) pixels[to] = colours[y * D.nx + columns[at]];
  }
  context.putImageData(image, Math.round(frame.left * ratio), Math.round(frame.top * ratio));
}

// A sweep of one axis: the final loss over it.
function drawLine(context, frame) {
  const size = Math.max(2, Math.min(4, frame.width / (view.x1 - view.x0)));
  for (let x = Math.floor(view.x0); x < view.x1 && x < D.nx; x++) {
    const outcome = cells.outcome[x];
    const at = toPixel(frame, x + 0.5, 0.5);
    if (hidden.has(outcome) || !(lossScale.log ? cells.loss[x] > 0 : Number.isFinite(cells.loss[x]))) continue;
    context.fillStyle = D.outcomes[outcome].ramp[Math.round((cells.shade[x] / 255) * (D.outcomes[outcome].ramp.length - 1))];
    context.fillRect(at.x - size / 2, lossScale.pixel(cells.loss[x]) - size / 2, size, size);
  }
}

let lossScale = null;

function toPixel(frame, x, y) {
  return {
    x: frame.left + ((x - view.x0) / (view.x1 - view.x0)) * frame.width,
    y: frame.top + ((view.y1 - y) / (view.y1 - view.y0)) * frame.height,
  };
}

// Black on white, because a map is of the same colours in light and dark.
function dashes(context, onMap) {
  if (onMap) {
    context.setLineDash([]);
    [context.strokeStyle, context.lineWidth] = ["rgba(255, 255, 255, 0.6)", 3];
    context.stroke();
  }
  context.setLineDash([7, 5]);
  [context.strokeStyle, context.lineWidth] = [onMap ? "#000000" : style("--ink"), 1.2];
  context.stroke();
}

function drawTheory(context, frame) {
  const axis = X.name === "alpha" ? X : Y && Y.name === "alpha" ? Y : null;
  if (!axis) return;
  context.save();
  context.fillStyle = style("--ink");
  let free = -Infinity;
  for (const alpha of D.theory) {
    const place = axis.place(alpha);
    if (place === null) continue;
    const at = axis === X ? toPixel(frame, place, view.y0).x : toPixel(frame, view.x0, place).y;
    const [lo, hi] = axis === X ? [frame.left, frame.left + frame.width] : [frame.top, frame.top + frame.height];
    if (at < lo || at > hi) continue;
    context.beginPath();
    context.moveTo(axis === X ? at : frame.left, axis === X ? frame.top : at);
    context.lineTo(axis === X ? at : frame.left + frame.width, axis === X ? frame.top + frame.height : at);
    dashes(context, Y !== null);
    const text = `α = ${figure(alpha)} (theory)`;
    const half = context.measureText(text).width / 2;
    context.textAlign = axis === X ? "center" : "right";
    const x = axis === X ? Math.min(at, frame.left + frame.width - half) : frame.left + frame.width - 4;
    if (axis === X ? x - half > free : Math.abs(at - free) > 16) {
      context.fillText(text, x, axis === X ? frame.top - 9 : at - 8);
      free = axis === X ? x + half + 8 : at;
    }
  }
  context.restore();
}

function drawCursor(context, frame, cell, dashed) {
  const a = toPixel(frame, cell.x, cell.y);
  const b = toPixel(frame, cell.x + 1, cell.y + 1);
  const middle = { x: (a.x + b.x) / 2, y: D.y ? (a.y + b.y) / 2 : lossScale.pixel(cells.loss[cellAt(cell)]) };
  const half = [Math.max(5, (b.x - a.x) / 2), D.y ? Math.max(5, (a.y - b.y) / 2) : 6];
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top, frame.width, frame.height);
  context.clip();
  for (const [colour, width] of [["#ffffff", 4], ["#000000", 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dashed ? [4, 3] : []);
    context.strokeRect(middle.x - half[0], middle.y - half[1], 2 * half[0], 2 * half[1]);
  }
  context.restore();
}

function draw() {
  waiting = false;
  const { context, width, height, ratio } = sheet(map);
  const frame = frameOf(width, height);
  // Where the cells stand and which are seen, for whoever drives the page.
  map.dataset.frame = JSON.stringify(frame);
  map.dataset.view = JSON.stringify(view);
  let up;
  if (D.y) {
    drawCells(context, frame, ratio);
    up = Y.marks(view.y0, view.y1, Math.max(2, Math.floor(frame.height / 42)));
    up = up.map((mark) => ({ at: toPixel(frame, view.x0, mark.place).y, label: mark.label }));
  } else {
    const losses = Array.from(cells.loss).filter(Number.isFinite);
    lossScale = scaleOf(losses, losses.every((loss) => loss >= 0), frame.top + frame.height - 8, frame.top + 8);
    drawLine(context, frame);
    context.fillStyle = style("--ink");
    up = marksOf(lossScale.lo, lossScale.hi, lossScale.log, Math.floor(frame.height / 42));
    up = up.map((mark) => ({ at: lossScale.pixel(mark.value), label: mark.label }));
  }
  context.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.width + 1, frame.height + 1);
  const across = X.marks(view.x0, view.x1, Math.max(2, Math.floor(frame.width / 80)));
  const seen = ({ at }) => at >= frame.left - 1 && at <= frame.left + frame.width + 1;
  const inside = ({ at }) => at >= frame.top - 1 && at <= frame.top + frame.height + 1;
  horizontalMarks(context, frame, across.map((m) => ({ at: toPixel(frame, m.place, 0).x, label: m.label })).filter(seen));
  verticalMarks(context, frame, up.filter(inside));
  labels(context, frame, X.label, Y ? Y.label : "final loss", 78);
  drawTheory(context, frame);
  if (chosen) drawCursor(context, frame, chosen, true);
  if (cursor) drawCursor(context, frame, cursor, false);
}

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
  const cell = cellAt(cursor);
  const rows = [[X.label, exact(X.values[cursor.x], WIDE)]];
  if (Y) rows.push([Y.label, exact(Y.values[cursor.y], WIDE)]);
  rows.push(["outcome", D.outcomes[cells.outcome[cell]].word], ["steps", String(cells.steps[cell])]);
  rows.push(["final loss", exact(cells.loss[cell], WIDE)]);
  rows.push(["cell", Y ? `column ${cursor.x + 1} of ${D.nx}, row ${cursor.y + 1} of ${D.ny}` : `${cursor.x + 1} of ${D.nx}`]);
  fill(byId("reading"), rows);
}

// A view of so many cells, inside the map.
function look(x0, x1, y0, y1) {
  const side = (from, to, length) => {
    const size = Math.min(length, Math.max(Math.min(3, length), to - from));
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
  read();
  redraw();
}

function follow(cell) {
  chosen = { ...cell };
  const line = { x: cells.xLines, y: cells.yLines };
  const k = D.knobs.map((knob) =>
    knob.fixed !== undefined ? knob.fixed : knob.x !== undefined ? line.x[knob.x][cell.x] : line.y[knob.y][cell.y]);
  followed = { ...descend(D, k, cells.tables[D.table === null ? 0 : k[D.table]]), cell: cellAt(cell) };
  tell(k, cell);
  drawPath();
  redraw();
}

function tell(k, cell) {
  const { points, outcome, steps, cut } = followed;
  const end = points[points.length - 1];
  const at = D.parameters.map((p, i) => `${p.label} = ${end.values[i]}`).slice(0, 6).join(", ");
  const names = [`${X.label} = ${exact(X.values[cell.x], WIDE)}`];
  if (Y) names.push(`${Y.label} = ${exact(Y.values[cell.y], WIDE)}`);
  const word = D.outcomes[outcome].word;
  let text = `${names.join(", ")}: ${cut ? "given up" : word} after ${steps} step${steps === 1 ? "" : "s"}`;
  text += ` at loss ${end.loss}, ${at}${D.parameters.length > 6 ? ", …" : ""}.`;
  if (!WIDE) text += ` Recomputed here in f64; the sweep ran in ${NAMED[D.precision]}`;
  const other = D.outcomes[cells.outcome[followed.cell]].word;
  if (!cut && (outcome !== cells.outcome[followed.cell] || (WIDE && steps !== cells.steps[followed.cell]))) {
    text += `${WIDE ? " The sweep" : " and"} came to ${other} after ${cells.steps[followed.cell]} steps`;
  }
  const box = byId("path-text");
  box.textContent = text.replace(/\.?$/, ".");
  Object.assign(box.dataset, { outcome: word, steps, loss: end.loss, values: JSON.stringify(end.values) });
}

function drawPath() {
  if (!followed) return;
  byId("paths").hidden = false;
  const { points, outcome } = followed;
  const colour = style("--accent");
  const losses = points.map((point) => ({ x: point.step, y: point.loss }));
  plotCurve(byId("path-loss"), losses, { label: "step" }, { label: "loss", log: true }, colour);
  const names = D.parameters.map((p) => p.label);
  const [i, j] = [Number(byId("path-x").value), Number(byId("path-y").value)];
  const single = names.length === 1;
  const path = points.map((p) => (single ? { x: p.step, y: p.values[0] } : { x: p.values[i], y: p.values[j] }));
  plotCurve(byId("path-parameters"), path, { label: single ? "step" : names[i] }, { label: names[single ? 0 : j] }, colour);
  byId("paths").dataset.points = points.length;
  byId("paths").dataset.outcome = D.outcomes[outcome].word;
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
    const from = cursor || { x: (view.x0 + view.x1) / 2 - arrow[0], y: (view.y0 + view.y1) / 2 - arrow[1] };
    point({ x: Math.floor(from.x) + arrow[0], y: Math.floor(from.y) + arrow[1] });
    // The map follows the chosen cell.
    const over = (at, lo, hi) => (at < lo ? at - lo : at + 1 > hi ? at + 1 - hi : 0);
    move(over(cursor.x, view.x0, view.x1), over(cursor.y, view.y0, view.y1));
  } else if (event.key === "+" || event.key === "=") zoom(0.7, cursor ? cursor.x + 0.5 : undefined, cursor ? cursor.y + 0.5 : undefined);
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
    byId(id).addEventListener("change", drawPath);
  }
}

async function begin() {
  document.title = `${D.title} · alphasweep`;
  byId("title").textContent = D.title;
  const fixed = D.knobs.filter((knob) => knob.fixed !== undefined && !knob.name.startsWith("#"));
  const values = fixed.map((knob) => `${knob.name} = ${figure(knob.fixed)}`);
  byId("subtitle").textContent = [`rule ${D.rule}`, ...values, `up to ${D.limits.steps} steps`].join(", ");
  byId("footer").textContent = D.footer;
  fill(byId("summary"), D.report.split("\n").filter(Boolean).map((line) => [line.slice(0, 11).trim(), line.slice(12).trim().replace(/ {2,}/g, " · ")]));
  if (!window.DecompressionStream) {
    byId("path-text").textContent = "This browser is too old for the page: it needs Chrome 103, Firefox 113, Safari 16.4 or later.";
    return;
  }
  cells = await load();
  X = new Axis(D.x, cells.xLines[0]);
  Y = D.y && new Axis(D.y, cells.yLines[0]);
  legend();
  choices();
  paint();
  listen();
  read();
  whole();
  map.dataset.ready = "yes";
}

begin();
