// The map beyond its cells: wherever it is moved or zoomed to, descents are made anew, one for every pixel, by the kernel of the
// sweep in as many workers as there are processors. Coarse first; what is no longer looked at is given up. Only pages that have
// a kernel have this part.

// Pixels a side of one descent, pass by pass; the first is there at once.
const PASSES = [8, 2, 1];
// Rows of a job: small enough that a view that is left behind costs little.
const JOB_DESCENTS = 16384;
// Values of the losses or steps of an outcome that its shades are told from.
const SAMPLE = 2048;

const live = { workers: [], jobs: [], pass: null, shown: null, asked: null, begun: 0 };

// Whether the browser makes descents.
const isLive = () => live.workers.length > 0;

// What every worker is told: scripts, kernel and problem; then job after job.
function workerScript() {
  const codes = { CONVERGED, SETTLED, DESCENDING, LEVEL, OSCILLATING, UNSTABLE, RISING, DIVERGED, ARRIVED, LEFT_AT };
  const constants = Object.entries(codes).map(([name, code]) => `const ${name} = ${code};`).join("\n");
  const functions = [trend, knobAt, tableOf, kernelOf, matrices, restOf, workerMain];
  return `"use strict";\n${constants}\n${functions.join("\n")}\nworkerMain();`;
}

// Runs in the worker.
function workerMain() {
  let problem, modules;
  onmessage = ({ data }) => {
    if (data.problem) {
      problem = data.problem;
      modules = data.wasm.map((bytes) => bytes && new WebAssembly.Module(bytes));
      return;
    }
    const { x, y } = data;
    const here = { ...problem, nx: x.values.length, x_lines: x.lines, y_lines: y.lines };
    const count = x.values.length * y.values.length;
    const found = { outcome: new Uint8Array(count), steps: new Uint32Array(count), loss: new Float64Array(count) };
    const [descents, rest] = modules.map((module) => module && new WebAssembly.Instance(module));
    const unstable = rest ? restOf(rest, problem.kernel.rest, here) : (places) => places.map(() => false);
    kernelOf(descents, problem.kernel.layout, here, unstable).run(count, (cell, outcome, steps, start, end) => {
      found.outcome[cell] = outcome;
      found.steps[cell] = steps;
      found.loss[cell] = end;
    });
    const { key, number, row } = data;
    postMessage({ key, number, row, rows: y.values.length, ...found }, [found.outcome.buffer, found.steps.buffer, found.loss.buffer]);
  };
}

startLive = function () {
  if (!window.WebAssembly || !window.Worker) return;
  const url = URL.createObjectURL(new Blob([workerScript()], { type: "text/javascript" }));
  const { wasm: own, layout, rest } = D.kernel;
  const wasm = [own, rest && rest.wasm].map((text) => text && Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  const problem = {
    kernel: { layout, rest }, knobs: D.knobs, initial: D.initial, parameters: D.parameters, limits: D.limits, tables: cells.tables,
  };
  const count = Math.min(8, Math.max(1, navigator.hardwareConcurrency || 2));
  try {
    live.workers = Array.from({ length: count }, () => new Worker(url));
  } catch {
    return;
  }
  for (const worker of live.workers) {
    worker.idle = true;
    worker.onmessage = ({ data }) => receive(worker, data);
    worker.onerror = () => (live.workers = []);
    worker.postMessage({ problem, wasm });
  }
}

// The values at the middles of so many equal parts of a view, as the engines hold them, and what follows from them along the axis:
// these themselves, or which of them it is. Seeds and listed values have nothing between them: there it is what the sweep has.
function sideOf(axis, lines, from, to, count) {
  const places = Array.from({ length: count }, (_, at) => from + ((at + 0.5) / count) * (to - from));
  if (!axis.between) {
    const own = places.map((place) => Math.min(axis.length - 1, Math.floor(place)));
    return { values: own.map((at) => axis.values[at]), lines: lines.map((line) => own.map((at) => line[at])) };
  }
  const values = places.map((place) => (WIDE ? axis.at(place) : Math.fround(axis.at(place))));
  const counted = D.knobs.filter((knob, at) => (D.kernel.layout.cell_knobs ?? []).includes(at)).map((knob) => knob[axis === X ? "x" : "y"]);
  return { values, lines: lines.map((_, at) => (counted.includes(at) ? values.map((_, place) => place) : values)) };
}

// Some values of a side.
const partOf = ({ values, lines }, from, until) => ({ values: values.slice(from, until), lines: lines.map((line) => line.slice(from, until)) });

// The whole map is that of the sweep itself.
const isWhole = () => view.x0 === 0 && view.x1 === D.nx && view.y0 === 0 && view.y1 === D.ny;

// Asks for the view in pixels of the screen, if that is not what is shown or on its way.
function ask(width, height) {
  const key = JSON.stringify([view, width, height]);
  if (live.asked === key) return;
  Object.assign(live, { asked: key, jobs: [], begun: performance.now() });
  map.dataset.live = "on its way";
  beginPass({ view: { ...view }, full: [width, height], number: 0, key });
}

function beginPass({ view, full, number, key }) {
  const [width, height] = full.map((side) => Math.max(1, Math.ceil(side / PASSES[number])));
  const count = width * height;
  const pass = {
    view, full, number, key, width, height, left: height,
    x: sideOf(X, cells.xLines, view.x0, view.x1, width), y: sideOf(Y, cells.yLines, view.y0, view.y1, height),
    outcome: new Uint8Array(count), steps: new Uint32Array(count), loss: new Float64Array(count),
  };
  live.pass = pass;
  const rows = Math.max(1, Math.floor(JOB_DESCENTS / width));
  for (let row = 0; row < height; row += rows) live.jobs.push({ pass, row, rows: Math.min(rows, height - row) });
  live.workers.forEach(hand);
}

// The next job goes to a worker that waits.
function hand(worker) {
  if (!worker.idle || live.jobs.length === 0) return;
  const { pass, row, rows } = live.jobs.shift();
  worker.idle = false;
  worker.postMessage({ key: pass.key, number: pass.number, row, x: pass.x, y: partOf(pass.y, row, row + rows) });
}

function receive(worker, data) {
  worker.idle = true;
  const pass = live.pass;
  if (pass && data.key === pass.key && data.number === pass.number) {
    const at = data.row * pass.width;
    for (const name of ["outcome", "steps", "loss"]) pass[name].set(data[name], at);
    pass.left -= data.rows;
    if (pass.left === 0) donePass(pass);
  }
  hand(worker);
}

function donePass(pass) {
  const last = pass.number === PASSES.length - 1;
  live.shown = { ...pass, last, image: pictureOf(pass) };
  if (last) {
    Object.assign(map.dataset, { live: "done", liveMs: Math.round(performance.now() - live.begun) });
    read();
  } else beginPass({ ...pass, number: pass.number + 1 });
  redraw();
}

// What an outcome's shades go by: its steps where these tell, else its loss.
const shadeKey = (pass, cell) => (BY_STEPS.has(pass.outcome[cell]) ? pass.steps[cell] : pass.loss[cell]);
const BY_STEPS = new Set([CONVERGED, UNSTABLE, DIVERGED]);

// Of each outcome some of the keys in order: a shade is the rank among these.
function ranksOf(pass) {
  const every = Math.max(1, Math.floor(pass.outcome.length / (SAMPLE * D.outcomes.length)));
  const kept = D.outcomes.map(() => []);
  for (let cell = 0; cell < pass.outcome.length; cell += every) {
    const key = shadeKey(pass, cell);
    if (Number.isFinite(key)) kept[pass.outcome[cell]].push(key);
  }
  return kept.map((keys) => Float64Array.from(keys).sort());
}

function rankOf(sorted, key) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    sorted[middle] < key ? (from = middle + 1) : (to = middle);
  }
  return sorted.length > 1 && sorted[0] < sorted[sorted.length - 1] ? Math.min(1, from / (sorted.length - 1)) : 0;
}

function pictureOf(pass) {
  const { width, height } = pass;
  const image = new ImageData(width, height);
  const pixels = new Int32Array(image.data.buffer);
  const little = (red, green, blue) => (255 << 24) | (blue << 16) | (green << 8) | red;
  const ramps = D.outcomes.map((outcome) => outcome.ramp.map((colour) => little(...rgb(colour))));
  const back = little(...rgb(style("--panel")));
  const ranks = ranksOf(pass);
  const shades = ramps[0].length - 1;
  for (let row = 0; row < height; row++) {
    // The first row of values is the lowest of the picture.
    let to = (height - 1 - row) * width;
    for (let cell = row * width; cell < (row + 1) * width; cell++, to++) {
      const outcome = pass.outcome[cell];
      const flat = outcome === OSCILLATING || outcome === LEVEL;
      const shade = flat ? 0 : rankOf(ranks[outcome], shadeKey(pass, cell));
      pixels[to] = hidden.has(outcome) ? back : ramps[outcome][Math.round(shade * shades)];
    }
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// What is known of the view, over the cells of the sweep, and a question for the rest.
drawLive = function (context, frame, ratio) {
  if (!isLive() || isWhole()) return;
  if (live.shown) {
    const from = live.shown.view;
    const a = toPixel(frame, from.x0, from.y1);
    const b = toPixel(frame, from.x1, from.y0);
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    context.imageSmoothingEnabled = false;
    context.drawImage(live.shown.image, a.x, a.y, b.x - a.x, b.y - a.y);
    context.restore();
  }
  ask(Math.round(frame.width * ratio), Math.round(frame.height * ratio));
  if (!isAtGrain()) return;
  const text = `the grain of ${NAMED[D.precision]}: neighbours are one and the same number`;
  context.fillStyle = style("--back");
  context.fillRect(frame.left + 6, frame.top + 6, context.measureText(text).width + 12, 22);
  context.fillStyle = style("--ink");
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(text, frame.left + 12, frame.top + 17);
}

// The descent at a place, where it has been made in full.
liveAt = function (place) {
  const pass = live.shown;
  if (!place || !pass || !pass.last || isWhole()) return null;
  const [x, y] = [(place.x - pass.view.x0) / (pass.view.x1 - pass.view.x0), (place.y - pass.view.y0) / (pass.view.y1 - pass.view.y0)];
  if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
  const [column, row] = [Math.floor(x * pass.width), Math.floor(y * pass.height)];
  const cell = row * pass.width + column;
  return { made: true, x: pass.x.values[column], y: pass.y.values[row], outcome: pass.outcome[cell], steps: pass.steps[cell], loss: pass.loss[cell] };
}

// Whether neighbours of the view are the same number: there is nothing to see between.
function isAtGrain() {
  const pass = live.shown;
  const isRepeated = ({ values }) => values.some((value, at) => at > 0 && value === values[at - 1]);
  return Boolean(pass && pass.last && [[X, pass.x], [Y, pass.y]].some(([axis, side]) => axis.between && isRepeated(side)));
}

// Switching an outcome off concerns both.
const paintCells = paint;
paint = function () {
  paintCells();
  if (live.shown) live.shown.image = pictureOf(live.shown);
};

// The smallest part of an axis that is shown.
leastView = (length) => (isLive() ? length * 1e-14 : Math.min(3, length));
