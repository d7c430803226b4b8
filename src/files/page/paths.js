// The path that is followed: over the loss itself, and step by step.

// The known place of rest in words.
function placed(rest) {
  const at = D.parameters.map((p, i) => `${p.label} = ${figure(rest.point[i])}`).slice(0, 6).join(", ");
  return `${rest.what} at ${at}${D.parameters.length > 6 ? ", …" : ""} (loss ${figure(rest.loss)})`;
}

// What is evaluated beneath a path takes about so many rows in all.
const MOST_ROWS = 4e6;
let path = null;

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
  const first = followed.outcome === DIVERGED ? followed.points.slice(0, 8) : followed.points;
  const [lo, hi] = extent(first.map((point) => point.values[i]));
  const near = D.rests.map((rest) => rest.point[i]).filter((at) => at >= lo - (hi - lo) && at <= hi + (hi - lo));
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
function begun(k) {
  stop();
  const table = D.table === null ? 0 : k[D.table];
  path = { k, table, d: cells.tables[table] || [], timer: null };
  const slider = byId("path-step");
  slider.max = followed.points.length - 1;
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

function drawPath() {
  if (!followed) return;
  byId("paths").hidden = false;
  const { points, outcome } = followed;
  const { i, j, across, up, curve, bands } = path;
  const at = Number(byId("path-step").value);
  const colour = style("--accent");
  const losses = points.map((point) => ({ x: point.step, y: point.loss }));
  plotCurve(byId("path-loss"), losses, { label: "step" }, { label: "loss", log: true }, colour, at + 1);
  const names = D.parameters.map((p) => p.label);
  const seen = (point) => point.values[i] >= across[0] && point.values[i] <= across[1];
  if (curve) {
    const range = extent([...curve, ...points.filter(seen).map((point) => ({ y: point.loss }))].map((point) => point.y));
    const ground = (context, x, y) => {
      context.strokeStyle = style("--ink");
      line(context, x, y, curve);
      D.rests.forEach((rest) => cross(context, x.pixel(rest.point[0]), y.pixel(lossAt(rest.point))));
    };
    const on = points.map((point) => ({ x: point.values[0], y: point.loss }));
    plotCurve(byId("path-parameters"), on, { label: names[0], range: across }, { label: "loss", range }, colour, at + 1, ground);
  } else {
    const ground = (context, x, y) => {
      if (bands) drawBands(context, bands, x, y, across, up);
      D.rests.forEach((rest) => cross(context, x.pixel(rest.point[i]), y.pixel(rest.point[j])));
    };
    const on = points.map((point) => ({ x: point.values[i], y: point.values[j] }));
    plotCurve(byId("path-parameters"), on, { label: names[i], range: across }, { label: names[j], range: up }, colour, at + 1, ground);
  }
  drawFit(at);
  const { step, loss, values } = points[at];
  const where = D.parameters.map((p, n) => `${p.label} = ${figure(values[n])}`).slice(0, 3).join(", ");
  byId("path-at").textContent = `step ${step}: loss ${figure(loss)}, ${where}${D.parameters.length > 3 ? ", …" : ""}`;
  Object.assign(byId("paths").dataset, { points: points.length, outcome: D.outcomes[outcome].word, shown: at + 1 });
}

function stop() {
  if (path) clearInterval(path.timer);
  byId("play").textContent = "Play";
  byId("play").dataset.playing = "no";
}

// From the beginning, or from where it was held; about three seconds for all of it.
function play() {
  const slider = byId("path-step");
  if (byId("play").dataset.playing === "yes") return stop();
  if (slider.value === slider.max) slider.value = 0;
  const by = Math.max(1, Math.ceil(Number(slider.max) / 75));
  byId("play").textContent = "Hold";
  byId("play").dataset.playing = "yes";
  path.timer = setInterval(() => {
    slider.value = Math.min(Number(slider.max), Number(slider.value) + by);
    drawPath();
    if (slider.value === slider.max) stop();
  }, 40);
  drawPath();
}

function listenToPath() {
  byId("play").addEventListener("click", play);
  byId("path-step").addEventListener("input", () => (stop(), drawPath()));
}
