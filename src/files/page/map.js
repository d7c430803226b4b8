// Drawing the map: what is loaded, which part of it is seen, and every cell in its colour.

const byId = (id) => document.getElementById(id);
// What is shown, as `load` was told it; and whether its numbers are f64.
let D, WIDE;
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

async function unpacked() {
  const all = (texts, Type) => Promise.all(texts.map((text) => unpack(text, Type)));
  const [bytes, [steps], [loss], xLines, yLines, tables] = await Promise.all([
    all([D.outcome, D.shade, D.rest], Uint8Array), all([D.steps], Uint32Array),
    all([D.loss], WIDE ? Float64Array : Float32Array), all(D.x_lines, Float64Array), all(D.y_lines, Float64Array),
    Promise.all(D.tables.map((table) => all(table, Float64Array))),
  ]);
  return { outcome: bytes[0], shade: bytes[1], rest: bytes[2], steps, loss, xLines, yLines, tables };
}

const map = byId("map");
let cells, X, Y, colours, cursor = null, spot = null, waiting = false;

// What a page with a kernel does besides.
// Of an axis of so many cells: the least part that is shown, and from where to where.
let roomOf = (_, length) => ({ least: Math.min(3, length), from: 0, to: length });
let drawLive = () => {};
let liveAt = () => null;
let startLive = () => {};
let paintLive = () => {};
let isLive = () => false;
let livePass = () => null;
let isCovered = () => false;
let usesGpu = () => false;
let offerGpu = () => {};
let aboutGpu = () => "";

const cellAt = ({ x, y }) => y * D.nx + x;

// One colour per cell as the canvas keeps it.
function paint() {
  const colour = colourer(cells, ranksOf(cells));
  colours = Int32Array.from(cells.outcome, (_, cell) => colour(cell));
  paintLive();
}

function frameOf(width, height) {
  return { left: 78, top: 26, width: Math.max(40, width - 96), height: Math.max(40, height - 78) };
}

function drawCells(context, frame, ratio) {
  const { view } = state;
  const width = Math.round(frame.width * ratio);
  const height = Math.round(frame.height * ratio);
  const image = context.createImageData(width, height);
  const pixels = new Int32Array(image.data.buffer);
  const columns = Int32Array.from({ length: width }, (_, at) => Math.floor(view.x0 + ((at + 0.5) / width) * (view.x1 - view.x0)));
  for (let row = 0; row < height; row++) {
    const y = Math.floor(view.y1 - ((row + 0.5) / height) * (view.y1 - view.y0));
    if (y < 0 || y >= D.ny) continue;
    for (let at = 0, to = row * width; at < width; at++, to++) {
      if (columns[at] >= 0 && columns[at] < D.nx) pixels[to] = colours[y * D.nx + columns[at]];
    }
  }
  context.putImageData(image, Math.round(frame.left * ratio), Math.round(frame.top * ratio));
}

// An outcome of so few cells is drawn larger.
const FEW = 8;

// A sweep of one axis: the final loss over it.
function drawLine(context, frame) {
  const { view } = state;
  const size = Math.max(2, Math.min(4, frame.width / (view.x1 - view.x0)));
  for (let x = Math.floor(view.x0); x < view.x1 && x < D.nx; x++) {
    const outcome = cells.outcome[x];
    const at = toPixel(frame, x + 0.5, 0.5);
    if (isHidden(outcome) || !Number.isFinite(cells.loss[x])) continue;
    const { ramp } = D.outcomes[outcome];
    context.fillStyle = ramp[Math.round((cells.shade[x] / 255) * (ramp.length - 1))];
    const side = D.outcomes[outcome].cells <= FEW ? Math.max(size, 8) : size;
    context.fillRect(at.x - side / 2, lossPixel(frame, cells.loss[x]) - side / 2, side, side);
  }
}

let lossScale = null;

// What lies beyond the losses of cells that did not diverge stands on the frame.
function lossPixel(frame, loss) {
  return Math.min(frame.top + frame.height, Math.max(frame.top, lossScale.pixel(loss)));
}

// The losses that a sweep of one axis is drawn over.
function keptLosses() {
  const finite = Array.from(cells.loss.keys()).filter((cell) => Number.isFinite(cells.loss[cell]));
  const kept = finite.filter((cell) => cells.outcome[cell] !== DIVERGED);
  return (kept.length > 0 ? kept : finite).map((cell) => cells.loss[cell]);
}

function toPixel(frame, x, y) {
  const { view } = state;
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
  const axis = alphaAxis();
  if (!axis) return;
  const { view } = state;
  const holds = theoryHolds();
  context.save();
  context.fillStyle = style(holds ? "--ink" : "--faint");
  context.globalAlpha = holds ? 1 : 0.6;
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
    const text = `α = ${figure(alpha)} (${holds ? D.theory_name : "theory for the sweep's own knobs"})`;
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

// On the edge along α: a ring at the fastest, a dot at the largest that is safe.
function drawPicks(context, frame) {
  const { view } = state;
  const axis = alphaAxis();
  for (const [alpha, filled] of picksNow()) {
    const place = axis && alpha !== null ? axis.place(alpha) : null;
    if (place === null) continue;
    const at = axis === X ? toPixel(frame, place, view.y0) : toPixel(frame, view.x0, place);
    const [x, y] = axis === X ? [at.x, frame.top + frame.height] : [frame.left, at.y];
    if (x < frame.left - 1 || x > frame.left + frame.width + 1 || y < frame.top - 1 || y > frame.top + frame.height + 1) continue;
    context.beginPath();
    context.arc(x, y, filled ? 4 : 6, 0, 2 * Math.PI);
    context.fillStyle = context.strokeStyle = style("--ink");
    context.lineWidth = 2;
    filled ? context.fill() : context.stroke();
  }
}

// A box about a cell; where more than cells are seen about a place, which then has a number.
function drawCursor(context, frame, place, dashed, text = "") {
  const { view } = state;
  const [columns, rows] = [view.x1 - view.x0, view.y1 - view.y0];
  const [a, b] = [toPixel(frame, Math.floor(place.x), Math.floor(place.y)), toPixel(frame, Math.floor(place.x) + 1, Math.floor(place.y) + 1)];
  const [least, ofCell] = [5, [(b.x - a.x) / 2, (a.y - b.y) / 2]];
  const isFine = !isOwn() || Math.min(columns, rows) < 3;
  const at = toPixel(frame, place.x, place.y);
  const middle = isFine ? at : { x: (a.x + b.x) / 2, y: Y ? (a.y + b.y) / 2 : lossPixel(frame, cells.loss[Math.floor(place.x)]) };
  const half = isFine ? [least, least] : [Math.max(least, ofCell[0]), Y ? Math.max(least, ofCell[1]) : 6];
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
  if (text) {
    context.setLineDash([]);
    [context.textAlign, context.textBaseline, context.font] = ["left", "middle", "600 14px system-ui, sans-serif"];
    [context.strokeStyle, context.lineWidth, context.fillStyle] = ["#ffffff", 4, "#000000"];
    context.strokeText(text, middle.x + half[0] + 4, middle.y);
    context.fillText(text, middle.x + half[0] + 4, middle.y);
  }
  context.restore();
}

// The name of an axis, whose marks may begin at an offset.
const named = (axis) => axis.label + (axis.offset || "");

// Where lines of theory, and the ends of convergence, stand; and whether they are those of the knobs at hand.
const alphaAxis = () => (X.name === "alpha" ? X : Y && Y.name === "alpha" ? Y : null);
const isLikeSweep = (kinds) => D.knobs.every((knob) => !kinds.includes(knob.kind) || knob.name === "alpha" || sameKnob(knob));
const sameKnob = (knob) => (axisOf(knob) ? knob.fixed === undefined : state.knobs[knob.name] === undefined);
const theoryHolds = () => isLikeSweep(["rule", "constant"]);
// Where descents can rest is a matter of the formula alone.
const restsHold = () => isLikeSweep(["constant"]);

function picksNow() {
  if (isOwn() && isWhole()) return [[D.safe, true], [D.fastest, false]];
  const pass = livePass();
  const { safe, fastest } = (pass && pass.advice) || {};
  return [[safe ? safe.alpha : null, true], [fastest ? fastest.alpha : null, false]];
}

function draw() {
  waiting = false;
  const { view } = state;
  const { context, width, height, ratio } = sheet(map);
  const frame = frameOf(width, height);
  // Where the cells stand and which are seen, for whoever drives the page.
  map.dataset.frame = JSON.stringify(frame);
  map.dataset.view = JSON.stringify(view);
  let up;
  if (D.y) {
    if (isOwn() && !isCovered()) drawCells(context, frame, ratio);
    drawLive(context, frame, ratio);
    up = Y.marks(view.y0, view.y1, Math.max(2, Math.floor(frame.height / 42)));
    up = up.map((mark) => ({ at: toPixel(frame, view.x0, mark.place).y, label: mark.label }));
  } else {
    const losses = keptLosses();
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
  labels(context, frame, named(X), Y ? named(Y) : "final loss", 78);
  drawTheory(context, frame);
  drawPicks(context, frame);
  state.places.forEach((place, at) => {
    const where = { x: X.place(place.x), y: Y ? Y.place(place.y) : 0.5 };
    if (where.x !== null && where.y !== null) drawCursor(context, frame, where, true, state.places.length > 1 ? "AB"[at] : "");
  });
  if (cursor) drawCursor(context, frame, spot, false);
}

