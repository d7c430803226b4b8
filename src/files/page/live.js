// The map beyond its cells: wherever it is moved or zoomed to, and whatever knobs are set to, descents are made anew, one for every
// pixel, by the kernel of the sweep in as many workers as there are processors. Coarse first; what is no longer looked at is given
// up. Only pages that have a kernel have this part.

// Pixels a side of one descent, pass by pass; the first pass is as fine as this many milliseconds allow.
const FIRST_PASSES = [4, 8, 16, 32];
const FIRST_MS = 24;
const LATER_PASSES = [2, 1];
// What takes no longer than this in full has no pass between.
const SOON_MS = 200;
// Milliseconds between pictures of a pass on its way.
const DRAWN_MS = 100;
// Steps of a job: few enough that a view that is left behind costs little.
const JOB_STEPS = 1.6e7;
const MOST_JOB_DESCENTS = 16384;
// A GPU makes as many times that in one.
const GPU_TIMES = 8;

const live = { workers: [], gpu: null, adapter: null, lost: null, hasLooked: false, jobs: [], pass: null, shown: null, painting: null, asked: null, begun: 0, drawn: 0, rates: { cpu: 1e4, gpu: 1e4 } };

// Whether the browser makes descents.
isLive = () => live.workers.length > 0;
// The descents of the view at hand, once all of them are made.
livePass = () => (live.shown && live.shown.last && live.shown.key === live.asked && !(isOwn() && isWhole()) ? live.shown : null);

// Whether descents that were made for the view lie over all of its cells.
isCovered = () => Boolean(live.shown && !(isOwn() && isWhole()) && same([live.shown.of, ...live.shown.axes], [state.view, state.x, state.y]));

// What every worker is told: scripts, kernels and problem; then job after job.
function workerScript() {
  const codes = { CONVERGED, SETTLED, DESCENDING, LEVEL, OSCILLATING, UNSTABLE, RISING, DIVERGED, ARRIVED, LEFT_AT, NEAR, NOWHERE };
  const constants = Object.entries(codes).map(([name, code]) => `const ${name} = ${code};`);
  const functions = [trend, knobAt, tableOf, restingOf, kernelOf, matrices, restOf, nearest, shaderOf, paceOf, deviceOf, openGpu, workerMain];
  return ['"use strict";', ...constants, ...functions, "workerMain();"].join("\n");
}

// How far from a known place a descent may be said to rest there, as for the sweep's own cells: of a coordinate, and of 1 more.
const NEAR = 0.05;

// Which of the places that the engines know a descent came to rest at, if one is near.
function nearest(rests, ends, cell) {
  let [found, least] = [NOWHERE, NEAR];
  for (let at = 0; at < rests.length; at++) {
    let apart = 0;
    const { point } = rests[at];
    for (let i = 0; i < point.length; i++) apart = Math.max(apart, Math.abs(ends[i][cell] - point[i]) / (1 + Math.abs(point[i])));
    if (apart < least) [found, least] = [at, apart];
  }
  return found;
}

// Runs in the worker. It is told the problem first, with programs for the processor or a shader; a worker for a GPU says what it has.
function workerMain() {
  let problem, judge, runs;
  // Compilers learn a function once: nothing is made anew for a job.
  const instanceOf = (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const lost = (reason) => postMessage({ lost: String(reason) });
  const onProcessor = (programs) => {
    const kernels = programs.map((bytes) => kernelOf(instanceOf(bytes), problem.layout, problem));
    return (count, out, rests, program) => kernels[program].run(count, out, rests);
  };
  async function onGpu(gpu) {
    const opened = await openGpu(gpu.text, gpu, problem, lost);
    postMessage({ adapter: opened && opened.adapter });
    return opened && opened.run;
  }
  async function job({ key, number, row, xs, ys, xLines, yLines, knobs, limits, rests, program, withEnds }) {
    Object.assign(problem, { knobs, limits, nx: xs.length, x_lines: xLines, y_lines: yLines });
    const count = xs.length * ys.length;
    const asked = limits.slopes ? judge : null;
    const list = () => new Float64Array(count);
    const out = { outcome: new Uint8Array(count), rest: new Uint8Array(count).fill(NOWHERE), steps: new Uint32Array(count), start: list(), loss: list(), ends: [] };
    if (withEnds || asked || rests.length > 0) out.ends = problem.parameters.map(list);
    await (await runs)(count, out, restingOf(asked, out), program);
    for (let cell = 0; rests.length > 0 && cell < count; cell++) {
      const word = out.outcome[cell];
      if (word === CONVERGED || word === UNSTABLE || word === SETTLED) out.rest[cell] = nearest(rests, out.ends, cell);
    }
    if (!withEnds) out.ends = [];
    const buffers = [out.outcome, out.rest, out.steps, out.start, out.loss, ...out.ends].map((values) => values.buffer);
    postMessage({ key, number, row, rows: ys.length, ...out }, buffers);
  }
  onmessage = ({ data }) => {
    if (!data.problem) return job(data).catch(lost);
    problem = data.problem;
    judge = data.judge ? restOf(instanceOf(data.judge), problem.rest, problem) : null;
    runs = data.gpu ? onGpu(data.gpu) : onProcessor(data.programs);
  };
}

startLive = async function () {
  stopLive();
  if (!window.WebAssembly || !window.Worker || !D.kernel) return;
  const { layout, rest, gpu } = D.kernel;
  const [judge, ...programs] = await Promise.all([rest && rest.wasm, D.kernel.wasm, D.kernel.free].map((text) => text && unpack(text, Uint8Array)));
  if (!programs.at(-1)) programs.pop();
  // A browser without vectors of 128 bits.
  if (!WebAssembly.validate(programs[0])) return;
  const url = URL.createObjectURL(new Blob([workerScript()], { type: "text/javascript" }));
  const problem = { layout, rest: rest && { ...rest, wasm: null }, initial: D.initial, parameters: D.parameters, tables: cells.tables };
  const count = Math.min(8, Math.max(1, navigator.hardwareConcurrency || 2));
  try {
    live.workers = Array.from({ length: count }, () => workerOf(url, "cpu"));
  } catch {
    return;
  }
  const { workers } = live;
  for (const worker of workers) {
    worker.onerror = () => (stopLive(), shown());
    worker.postMessage({ problem, programs, judge });
  }
  // Whether there is a GPU is found out once the map is seen.
  if (gpu && navigator.gpu) setTimeout(() => live.workers === workers && lookForGpu(url, { problem, judge }), 200);
};

function workerOf(url, on) {
  const worker = new Worker(url);
  Object.assign(worker, { on, idle: true, onmessage: ({ data }) => receive(worker, data) });
  return worker;
}

async function lookForGpu(url, told) {
  const { wgsl, ...gpu } = D.kernel.gpu;
  const text = new TextDecoder().decode(await unpack(wgsl, Uint8Array));
  const worker = (live.gpu = workerOf(url, "gpu"));
  worker.onerror = ({ message }) => loseGpu(worker, message);
  worker.postMessage({ ...told, gpu: { ...gpu, text } });
}

function stopLive() {
  [...live.workers, ...(live.gpu ? [live.gpu] : [])].forEach((worker) => worker.terminate());
  Object.assign(live, { workers: [], gpu: null, adapter: null, lost: null, hasLooked: false, jobs: [], pass: null, shown: null, asked: null });
}

// The values at the middles of so many equal parts of a view, in few digits, as a sweep of the same window has them: on a linear axis
// by its ends, on others one by one.
function typedValues(axis, from, to, count) {
  if (axis.each) return axis.values.slice(from, to);
  const at = (pixel) => axis.at(from + ((pixel + 0.5) / count) * (to - from));
  const values = new Float64Array(count);
  if (count === 1) values[0] = at(0);
  else if (axis.scale === "log") {
    const ratio = Math.pow(at(count - 1) / at(0), 1 / (count - 1)) - 1;
    for (let pixel = 0; pixel < count; pixel++) values[pixel] = short(at(pixel), at(pixel) * ratio);
  } else {
    const gap = (at(count - 1) - at(0)) / (count - 1);
    const [lo, hi, last] = [short(at(0), gap), short(at(count - 1), gap), count - 1];
    for (let pixel = 0; pixel < count; pixel++) values[pixel] = pixel === 0 ? lo : pixel === last ? hi : (lo * (last - pixel) + hi * pixel) / last;
  }
  return values;
}

// As the engines hold them.
const valuesOf = (...asked) => (isWide() ? typedValues(...asked) : typedValues(...asked).map(Math.fround));

// What follows from the values of an axis, line by line: they themselves, or which of them it is, by which noise is drawn.
function linesOf(side, axis, values, from) {
  const counted = D.knobs.filter((knob, at) => (D.kernel.layout.cell_knobs ?? []).includes(at)).map((knob) => knob[side]);
  return cells[`${side}Lines`].map((own, line) => (counted.includes(line) ? values.map((_, place) => place) : axis.each ? own.slice(from, from + values.length) : values));
}

// Descents of a view, all of one kind.
const settingNow = () => ({
  knobs: knobsNow(), limits: limitsNow(), rests: restsHold() ? D.rests : [], program: !hasOwnAxes() && D.kernel.free ? 1 : 0,
});

// Asks for the view in pixels of the screen, if that is not what is shown or on its way.
function ask(width, height) {
  const key = JSON.stringify([state.x, state.y, state.view, state.knobs, state.steps, state.tolerance, onNow(), width, height]);
  if (live.asked === key) return;
  // A file that is being saved goes on.
  Object.assign(live, { asked: key, jobs: live.jobs.filter(({ pass }) => pass.put), begun: performance.now() });
  map.dataset.live = "on its way";
  const first = FIRST_PASSES.find((side) => (width * height) / (side * side) < live.rates[onNow()] * FIRST_MS) || FIRST_PASSES.at(-1);
  const sides = [first, ...((width * height) / live.rates[onNow()] < SOON_MS ? LATER_PASSES.slice(-1) : LATER_PASSES)];
  const { view } = state;
  const [x, y] = [wholeCells(X, view.x0, view.x1), wholeCells(Y, view.y0, view.y1)];
  beginPass({ view: { x0: x[0], x1: x[1], y0: y[0], y1: y[1] }, of: view, axes: [state.x, state.y], on: onNow(), wide: isWide(), full: [width, height], number: 0, key, sides, setting: settingNow(), ranks: null });
}

// Of an axis whose values stand for themselves whole cells are seen.
const wholeCells = (axis, from, to) => (axis.each ? [Math.floor(from + 1e-9), Math.ceil(to - 1e-9)] : [from, to]);

function beginPass(asked) {
  const { view } = asked;
  const counts = [X.each ? view.x1 - view.x0 : null, Y.each ? view.y1 - view.y0 : null];
  const [width, height] = asked.full.map((side, at) => counts[at] ?? Math.max(1, Math.ceil(side / asked.sides[asked.number])));
  const count = width * height;
  const [xs, ys] = [valuesOf(X, view.x0, view.x1, width), valuesOf(Y, view.y0, view.y1, height)];
  const pass = {
    ...asked, width, height, left: height, last: asked.number === asked.sides.length - 1,
    xs, ys, xLines: linesOf("x", X, xs, view.x0), yLines: linesOf("y", Y, ys, view.y0),
    outcome: new Uint8Array(count), rest: new Uint8Array(count), steps: new Uint32Array(count), start: new Float64Array(count),
    loss: new Float64Array(count), canvas: document.createElement("canvas"), begun: performance.now(),
  };
  [pass.canvas.width, pass.canvas.height] = [width, height];
  Object.assign(live, { pass, drawn: pass.begun });
  const times = pass.on === "gpu" && !live.adapter.isFallback ? GPU_TIMES : 1;
  const rows = Math.max(1, Math.floor((times * Math.min(MOST_JOB_DESCENTS, JOB_STEPS / Math.max(1, pass.setting.limits.steps))) / width));
  for (let row = 0; row < height; row += rows) live.jobs.push({ pass, row, rows: Math.min(rows, height - row) });
  crewOf(pass.on).forEach(hand);
}

// The next job goes to a worker that waits.
function hand(worker) {
  const next = live.jobs.findIndex((job) => job.pass.on === worker.on);
  if (!worker.idle || next < 0) return;
  const [{ pass, row, rows, withEnds }] = live.jobs.splice(next, 1);
  worker.idle = false;
  worker.pass = pass;
  const part = (values) => values.slice(row, row + rows);
  const { key, number, xs, xLines } = pass;
  worker.postMessage({ ...pass.setting, key, number, row, xs, xLines, ys: part(pass.ys), yLines: pass.yLines.map(part), withEnds });
}

function receive(worker, data) {
  if ("adapter" in data) return foundGpu(worker, data.adapter);
  if ("lost" in data) return worker.on === "gpu" ? loseGpu(worker, data.lost) : (stopLive(), shown());
  worker.idle = true;
  const { pass } = worker;
  if (pass.put) pass.put(data);
  else if (pass === live.pass) {
    const at = data.row * pass.width;
    for (const name of ["outcome", "rest", "steps", "start", "loss"]) pass[name].set(data[name], at);
    // Shades are those of the pass before: the first has none, and waits for all of itself.
    if (pass.ranks) paintRows(pass, (pass.colour ??= colourer(pass, pass.ranks)), data.row, data.rows);
    pass.left -= data.rows;
    if (pass.left === 0) donePass(pass);
    else if (pass.ranks && performance.now() > live.drawn + DRAWN_MS) {
      live.drawn = performance.now();
      redraw();
    }
  }
  hand(worker);
}

function donePass(pass) {
  if (!pass.ranks) {
    pass.ranks = ranksOf(pass);
    paintRows(pass, colourer(pass, pass.ranks), 0, pass.height);
    live.rates[pass.on] = 0.5 * live.rates[pass.on] + (0.5 * pass.width * pass.height) / Math.max(1, performance.now() - pass.begun);
  }
  Object.assign(live, { shown: pass, painting: null });
  map.dataset.pass = pass.number;
  if (pass.last) {
    Object.assign(map.dataset, { live: "done", liveMs: Math.round(performance.now() - live.begun) });
    read();
    legend();
    inSlices(pass, pass.height, adviceOf(pass), (advice) => ((pass.advice = advice), advise(), redraw()));
  } else beginPass({ ...pass, number: pass.number + 1, colour: null, ranks: pass.number === 0 ? pass.ranks : ranksOf(pass) });
  redraw();
}

// Colours some rows of a picture; the first row of values is its lowest.
function paintRows(pass, colour, row, rows) {
  const { width, height } = pass;
  const image = new ImageData(width, rows);
  const pixels = new Int32Array(image.data.buffer);
  for (let at = 0; at < rows; at++) {
    let to = (rows - 1 - at) * width;
    for (let cell = (row + at) * width; cell < (row + at + 1) * width; cell++, to++) pixels[to] = colour(cell);
  }
  pass.canvas.getContext("2d").putImageData(image, 0, height - row - rows);
}

// Long work in short pieces: rows of a pass, as long as it is the one that is shown.
const SLICE_MS = 8;
function inSlices(pass, rows, work, done) {
  let row = 0;
  const slice = () => {
    if (live.shown !== pass) return;
    const until = performance.now() + SLICE_MS;
    while (row < rows && performance.now() < until) work(row++);
    row < rows ? setTimeout(slice) : done(work());
  };
  slice();
}

// What is known of the view, over the cells of the sweep, and a question for the rest.
drawLive = function (context, frame, ratio) {
  if (!isLive() || (isOwn() && isWhole())) return;
  const { shown, pass } = live;
  for (const made of [shown, pass]) {
    if (!made || !same(made.axes, [state.x, state.y]) || (made === pass && made.key !== live.asked)) continue;
    const a = toPixel(frame, made.view.x0, made.view.y1);
    const b = toPixel(frame, made.view.x1, made.view.y0);
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    context.imageSmoothingEnabled = false;
    context.drawImage(made.canvas, a.x, a.y, b.x - a.x, b.y - a.y);
    context.restore();
  }
  ask(Math.round(frame.width * ratio), Math.round(frame.height * ratio));
  if (isAtGrain()) sayOnMap(context, frame, `the grain of ${NAMED[precisionOf(onNow())]}: neighbours are one and the same number`);
}

function sayOnMap(context, frame, text) {
  context.fillStyle = style("--back");
  context.fillRect(frame.left + 6, frame.top + 6, context.measureText(text).width + 12, 22);
  context.fillStyle = style("--ink");
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(text, frame.left + 12, frame.top + 17);
}

// The descent at a place, where it has been made in full.
liveAt = function (place) {
  const pass = livePass();
  if (!place || !pass) return null;
  const [x, y] = [(place.x - pass.view.x0) / (pass.view.x1 - pass.view.x0), (place.y - pass.view.y0) / (pass.view.y1 - pass.view.y0)];
  if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
  const [column, row] = [Math.floor(x * pass.width), Math.floor(y * pass.height)];
  const cell = row * pass.width + column;
  const { outcome, steps, loss, rest } = pass;
  return { x: pass.xs[column], y: pass.ys[row], outcome: outcome[cell], steps: steps[cell], loss: loss[cell], rest: rest[cell], wide: pass.wide, on: pass.on };
}

// Whether neighbours of the view are the same number: there is nothing to see between.
function isAtGrain() {
  const pass = livePass();
  return Boolean(pass && [pass.xs, pass.ys].some((values) => values.some((value, at) => at > 0 && value === values[at - 1])));
}

// What is switched, or coloured otherwise, concerns both.
paintLive = function () {
  const pass = live.shown;
  // What is on its way has other colours.
  if (live.pass !== pass) live.asked = null;
  if (!pass) return;
  const ranks = (pass.ranks = ranksOf(pass));
  const colour = colourer(pass, ranks);
  live.painting = pass;
  inSlices(pass, pass.height, (row) => row !== undefined && paintRows(pass, colour, row, 1), () => ((live.painting = null), redraw()));
};

// Other descents of the view, with where they come to: `put` gets the parts of them as they come, each with its first row.
function makeAll(pass, put) {
  return new Promise((done) => {
    let left = pass.height;
    const asked = { ...pass, key: "all", put: (data) => (put(data), (left -= data.rows) === 0 && done()) };
    const rows = Math.max(1, Math.floor(MOST_JOB_DESCENTS / 4 / pass.width));
    for (let row = 0; row < pass.height; row += rows) live.jobs.push({ pass: asked, row, rows: Math.min(rows, pass.height - row), withEnds: true });
    crewOf(pass.on).forEach(hand);
  });
}

// Views go to the grain of numbers, and beyond the axes; of values that stand for themselves to each.
const roomOnMap = roomOf;
// How far a linear axis goes on beyond its ends, of its own length.
const BEYOND = 1000;
roomOf = function (axis, length) {
  if (!isLive()) return roomOnMap(axis, length);
  if (axis.each) return { least: 1, from: 0, to: length };
  const least = length * 1e-14;
  if (axis.scale !== "log") return { least, from: -BEYOND * length, to: (BEYOND + 1) * length };
  const place = (value) => 0.5 + (Math.log(value / axis.lo) / Math.log(axis.hi / axis.lo)) * (length - 1);
  return { least, from: Math.min(0, place(WIDE ? 1e-300 : 1e-37)), to: Math.max(length, place(WIDE ? 1e300 : 1e37)) };
};
