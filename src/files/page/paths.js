// The path that is followed: over the loss itself, and step by step.

// The known place of rest in words.
function placed(rest) {
  const at = D.parameters.map((p, i) => `${p.label} = ${figure(rest.point[i])}`).slice(0, 6).join(", ");
  return `${rest.what} at ${at}${D.parameters.length > 6 ? ", …" : ""} (loss ${figure(rest.loss)})`;
}

// What is evaluated beneath a path takes about so many rows in all.
const MOST_ROWS = 4e6;
let path = null;
// The descent that is followed, and one beside it.
let followed = null, beside = null;

// The knobs of the descent at a place.
function knobsAt(place) {
  const index = (axis, value) => Math.min(axis.length - 1, Math.max(0, Math.round(axis.place(value) - 0.5)));
  // The first line of values is the axis itself; others go with the cells of the sweep.
  const along = (axis, lines, line, value) => (line === 0 ? value : lines[line][index(axis, value)]);
  return knobsNow().map((knob) => {
    if (knob.fixed !== undefined) return knob.fixed;
    return knob.x !== undefined ? along(X, cells.xLines, knob.x, place.x) : along(Y, cells.yLines, knob.y, place.y);
  });
}

// What the engines found there: of a cell of the sweep, or of a descent that was made for the view.
function knownAt(place) {
  const [x, y] = [X.values.indexOf(place.x), Y ? Y.values.indexOf(place.y) : 0];
  const at = y * D.nx + x;
  if (isOwn() && x >= 0 && y >= 0) return { outcome: cells.outcome[at], steps: cells.steps[at] };
  const made = Y && liveAt({ x: X.place(place.x), y: Y.place(place.y) });
  return made && made.x === place.x && made.y === place.y ? made : null;
}

// Follows what is chosen anew.
function followPlaces() {
  stop();
  const made = state.places.map(descentAt);
  [followed, beside] = [made[0] || null, made[1] || null];
  byId("paths").hidden = !followed;
  byId("path-beside").hidden = byId("path-key").hidden = !beside;
  if (!followed) return void (byId("path-text").textContent = "Click a cell, or press Enter, to follow its descent step by step. Shift and a click follow a second one beside it.");
  tell(byId("path-text"), state.places[0], followed, beside ? "A: " : "");
  if (beside) tell(byId("path-beside"), state.places[1], beside, "B: ");
  begun();
}

function descentAt(place) {
  const k = knobsAt(place);
  const table = D.table === null ? 0 : k[D.table];
  const here = knownAt(place);
  const found = descend({ ...D, limits: limitsNow() }, k, cells.tables[table]);
  // Whether a descent could stay where it came to is asked of the engines alone.
  if (found.outcome === CONVERGED && here && here.outcome === UNSTABLE) found.outcome = UNSTABLE;
  return { ...found, k, table, here };
}

function tell(box, place, { points, outcome, steps, cut, here }, name) {
  const end = points[points.length - 1];
  const at = D.parameters.map((p, i) => `${p.label} = ${end.values[i]}`).slice(0, 6).join(", ");
  const names = [`${X.label} = ${exact(place.x, WIDE)}`];
  if (Y) names.push(`${Y.label} = ${exact(place.y, WIDE)}`);
  const word = D.outcomes[outcome].word;
  let text = `${name}${names.join(", ")}: ${cut ? "given up" : word} after ${steps} step${steps === 1 ? "" : "s"}`;
  text += ` at loss ${end.loss}, ${at}${D.parameters.length > 6 ? ", …" : ""}.`;
  if (!WIDE) text += ` Recomputed here in f64; the sweep ran in ${NAMED[D.precision]}`;
  if (here && !cut && (outcome !== here.outcome || (WIDE && steps !== here.steps))) {
    text += `${WIDE ? " The sweep" : " and"} came to ${D.outcomes[here.outcome].word} after ${here.steps} steps`;
  }
  box.textContent = text.replace(/\.?$/, ".").replaceAll(" = ", "\u00a0=\u00a0");
  Object.assign(box.dataset, { outcome: word, steps, loss: end.loss, values: JSON.stringify(end.values) });
}

// What is carried where the parameters have these values, in the cell that is followed.
function carriedAt(values) {
  const c = D.initial.map((knob) => (knob === null ? 0 : path.k[knob]));
  D.parameters.forEach((p, i) => {
    c[p.hi] = values[i];
    if (p.lo !== null) c[p.lo] = 0;
  });
  return c;
}

// The loss at values of the parameters, with the knobs and the data of the cell that is followed.
const lossAt = (values) => judge(path.k, carriedAt(values), path.d, 0).loss;

// What a page with a model draws besides.
let layFit = () => {};
let drawFit = () => {};

// From where to where a parameter is shown: all of its path, or where one diverges its beginning; with room on both sides.
function reach(i) {
  const seen = [followed, beside].filter(Boolean).flatMap(({ outcome, points }) => (outcome === DIVERGED ? points.slice(0, 8) : points));
  const [lo, hi] = extent(seen.map((point) => point.values[i]));
  const near = restsNow().map((rest) => rest.point[i]).filter((at) => at >= lo - (hi - lo) && at <= hi + (hi - lo));
  const [from, to] = [Math.min(lo, ...near), Math.max(hi, ...near)];
  return [from - (to - from) * 0.15, to + (to - from) * 0.15];
}

const between = ([lo, hi], share) => lo + (hi - lo) * share;

// So many points a side that a page does not seem dead.
function fineness(sides) {
  const rows = path.d.length > 0 ? path.d[0].length : 1;
  const most = MOST_ROWS / rows;
  return Math.floor(sides === 1 ? Math.min(240, most) : Math.min(64, Math.sqrt(most)));
}

// The loss over the parameter of the path, as points of a curve.
function lossCurve(range) {
  const count = fineness(1);
  const at = Array.from({ length: count + 1 }, (_, n) => between(range, n / count));
  return at.map((x) => ({ x, y: lossAt([x]) })).filter((point) => Number.isFinite(point.y));
}

// The loss over two parameters, the others as at the end: bands of equal area, the lowest darkest.
function lossBands(i, j, across, up) {
  const BANDS = 12;
  const size = fineness(2);
  const values = [...followed.points[followed.points.length - 1].values];
  const losses = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      [values[i], values[j]] = [between(across, (column + 0.5) / size), between(up, (row + 0.5) / size)];
      losses.push(lossAt(values));
    }
  }
  const sorted = Float64Array.from(losses.filter(Number.isFinite)).sort();
  const edges = Array.from({ length: BANDS - 1 }, (_, n) => sorted[Math.floor(((n + 1) * sorted.length) / BANDS)]);
  const bands = losses.map((loss) => (Number.isFinite(loss) ? edges.filter((edge) => loss >= edge).length : null));
  return { size, count: BANDS, bands };
}

function drawBands(context, { size, count, bands }, x, y, across, up) {
  const image = new ImageData(size, size);
  const ink = rgb(style("--ink"));
  bands.forEach((band, at) => {
    const [column, row] = [at % size, size - 1 - Math.floor(at / size)];
    const shade = band === null ? 0 : Math.round(110 * (1 - band / (count - 1)));
    image.data.set([...ink, shade], (row * size + column) * 4);
  });
  const sheet = document.createElement("canvas");
  sheet.width = sheet.height = size;
  sheet.getContext("2d").putImageData(image, 0, 0);
  const [left, right, bottom, top] = [...across.map(x.pixel), ...up.map(y.pixel)];
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, left, top, right - left, bottom - top);
}

function cross(context, x, y) {
  context.strokeStyle = style("--ink");
  context.lineWidth = 1.5;
  context.beginPath();
  for (const way of [-1, 1]) {
    context.moveTo(x - 5, y - 5 * way);
    context.lineTo(x + 5, y + 5 * way);
  }
  context.stroke();
}

// A path that has just been computed: all of it is seen.
function begun() {
  const { k, table } = followed;
  path = { k, table, d: cells.tables[table] || [], timer: null };
  const slider = byId("path-step");
  slider.max = Math.max(...[followed, beside].filter(Boolean).map(({ points }) => points.length)) - 1;
  slider.value = slider.max;
  lay();
  layFit();
  drawPath();
}

// What lies beneath the path, once for all of its steps.
function lay() {
  const [i, j] = D.parameters.length === 1 ? [0, 0] : [Number(byId("path-x").value), Number(byId("path-y").value)];
  Object.assign(path, { i, j, across: reach(i), up: reach(j) });
  if (D.parameters.length === 1) path.curve = lossCurve(path.across);
  else if (i !== j) path.bands = lossBands(i, j, path.across, path.up);
  else path.bands = null;
}

// The rests that are known for the knobs at hand.
const restsNow = () => (restsHold() ? D.rests : []);

function drawPath() {
  if (!followed || !path) return;
  const { i, j, across, up, curve, bands } = path;
  const at = Number(byId("path-step").value);
  const both = [[followed, style("--accent")], [beside, style("--other")]].filter(([descent]) => descent);
  const curves = (point) => both.map(([descent, colour]) => ({ points: descent.points.map(point), colour, shown: at + 1 }));
  plotCurves(byId("path-loss"), curves((point) => ({ x: point.step, y: point.loss })), { label: "step" }, { label: "loss", log: true });
  const names = D.parameters.map((p) => p.label);
  const seen = (point) => point.values[i] >= across[0] && point.values[i] <= across[1];
  if (curve) {
    const on = both.flatMap(([descent]) => descent.points.filter(seen)).map((point) => ({ y: point.loss }));
    const range = extent([...curve, ...on].map((point) => point.y));
    const ground = (context, x, y) => {
      context.strokeStyle = style("--ink");
      line(context, x, y, curve);
      restsNow().forEach((rest) => cross(context, x.pixel(rest.point[0]), y.pixel(lossAt(rest.point))));
    };
    const valley = curves((point) => ({ x: point.values[0], y: point.loss }));
    plotCurves(byId("path-parameters"), valley, { label: names[0], range: across }, { label: "loss", range }, ground);
  } else {
    const ground = (context, x, y) => {
      if (bands) drawBands(context, bands, x, y, across, up);
      restsNow().forEach((rest) => cross(context, x.pixel(rest.point[i]), y.pixel(rest.point[j])));
    };
    const plane = curves((point) => ({ x: point.values[i], y: point.values[j] }));
    plotCurves(byId("path-parameters"), plane, { label: names[i], range: across }, { label: names[j], range: up }, ground);
  }
  drawFit(Math.min(at, followed.points.length - 1));
  byId("path-at").textContent = both.map(([descent], which) => (beside ? "AB"[which] + ": " : "") + stepInWords(descent, at)).join("\n");
  Object.assign(byId("paths").dataset, { points: followed.points.length, outcome: D.outcomes[followed.outcome].word, shown: at + 1 });
}

function stepInWords({ points }, at) {
  const { step, loss, values } = points[Math.min(at, points.length - 1)];
  const where = D.parameters.map((p, n) => `${p.label} = ${figure(values[n])}`).slice(0, 3).join(", ");
  return `step ${step}: loss ${figure(loss)}, ${where}${D.parameters.length > 3 ? ", …" : ""}`;
}

function stop() {
  if (path) clearInterval(path.timer);
  byId("play").textContent = "Play";
  byId("play").dataset.playing = "no";
}

// From the beginning, or from where it was held; about three seconds for all of it.
function play() {
  if (!path) return;
  const slider = byId("path-step");
  if (byId("play").dataset.playing === "yes") return stop();
  if (slider.value === slider.max) slider.value = 0;
  const by = Math.max(1, Math.ceil(Number(slider.max) / 75));
  byId("play").textContent = "Hold";
  byId("play").dataset.playing = "yes";
  // Who asked for less motion sees a few steps of it.
  const [every, stride] = matchMedia("(prefers-reduced-motion: reduce)").matches ? [600, by * 15] : [40, by];
  path.timer = setInterval(() => {
    slider.value = Math.min(Number(slider.max), Number(slider.value) + stride);
    drawPath();
    if (slider.value === slider.max) stop();
  }, every);
  drawPath();
}

function listenToPath() {
  byId("play").addEventListener("click", play);
  byId("path-step").addEventListener("input", () => (stop(), drawPath()));
}
