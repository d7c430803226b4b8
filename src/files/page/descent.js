// One descent, in f64: the twin of what the engines do in every cell. `judge` and `advance` are made from the formula.

const smaller = (a, b) => (b < a ? b : a <= b ? a : a + b);
const larger = (a, b) => (a < b ? b : b <= a ? a : a + b);
// As in the engines a negative base has no power, and 1 to any power is 1.
const power = (a, b) => (a < 0 ? NaN : a === 1 || b === 0 ? 1 : Math.pow(Math.abs(a), b));
const sigmoid = (x) => {
  const e = Math.exp(-Math.abs(x));
  const upper = 1 / (1 + e);
  return x < 0 ? e * upper : upper;
};
const softplus = (x) => (x < 0 ? 0 : x) + Math.log1p(Math.exp(-Math.abs(x)));

// Threefry-2x32 with 20 rounds; the first of its two words decides which row is drawn.
function batchRow(seed, step, slot, rows) {
  const keys = [seed | 0, 0, 0x1bd11bda ^ seed];
  const rotations = [[13, 15, 26, 6], [17, 29, 16, 24]];
  let x = (step + keys[0]) | 0;
  let y = (slot + keys[1]) | 0;
  for (let injection = 1; injection <= 5; injection++) {
    for (const rotation of rotations[(injection - 1) % 2]) {
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    x = (x + keys[injection % 3]) | 0;
    y = (y + keys[(injection + 1) % 3] + injection) | 0;
  }
  return (x >>> 0) % rows;
}

// Points of a path that are kept; of a longer one every second goes, again and again.
const MOST_POINTS = 4096;
// Steps after which a page gives up on a path rather than seem dead.
const MOST_STEPS = 5e6;

function unfinished(start, end, level) {
  const epsilon = level * Math.abs(start);
  return end < start - epsilon ? 1 : end > start + epsilon ? 3 : 2;
}

// The path of a descent: its points (the last is where it ended), its outcome and steps. `problem` has the limits,
// parameters and initial values of the sweep; `k` are the cell's knobs and `d` its columns of data.
function descend(problem, k, d) {
  const { limits } = problem;
  let c = problem.initial.map((knob) => (knob === null ? 0 : k[knob]));
  const points = [];
  let every = 1;
  let shown = null;
  let bar = limits.largest;
  let start = NaN;
  const sane = () => problem.parameters.every((p) => Math.abs(c[p.hi]) <= limits.parameter_limit);
  const finite = (loss) => Math.abs(loss) <= limits.largest;
  const note = (step, loss) => {
    shown = { step, loss, values: problem.parameters.map((p) => c[p.hi] + (p.lo === null ? 0 : c[p.lo])) };
    if (step % every === 0) points.push(shown);
    if (points.length > MOST_POINTS) {
      every *= 2;
      points.splice(0, points.length, ...points.filter((point) => point.step % every === 0));
    }
  };
  const ended = (outcome, step, cut = false) => {
    if (shown && points[points.length - 1] !== shown) points.push(shown);
    return { points, outcome, steps: step, cut, start };
  };
  for (let step = 0; ; step++) {
    const due = step % limits.period === 0 || step === limits.steps;
    const now = due ? judge(k, c, d, step) : null;
    if (step === 0) {
      start = now.loss;
      const scale = 1 + Math.abs(start);
      bar = finite(start) && scale <= limits.reach ? limits.factor * scale : limits.largest;
    }
    const usable = sane();
    if (due && ((usable && finite(now.loss)) || step === 0)) note(step, now.loss);
    if (!usable) return ended(4, step);
    if (due) {
      if (!finite(now.loss) || Math.abs(now.loss) > bar) return ended(4, step);
      if (now.slopes.every((slope) => Math.abs(slope) < limits.gtol)) return ended(0, step);
      if (step === limits.steps) return ended(unfinished(start, now.loss, limits.level), step);
      if (step >= MOST_STEPS) return ended(unfinished(start, now.loss, limits.level), step, true);
    }
    c = advance(k, c, d, step);
  }
}
