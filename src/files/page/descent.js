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
// The error function, near 0 by a series of terms of one sign; 1 minus it by a continued fraction.
const bell = (x) => Math.exp(-x * x) / Math.sqrt(Math.PI);
function erf(x) {
  if (!(Math.abs(x) < 1)) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let [sum, term] = [2 * x, 2 * x];
  for (let n = 1; sum + term !== sum; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return sum * bell(x);
}
function erfc(x) {
  if (x < 0.5) return 1 - erf(x);
  if (x > 30) return 0;
  let fraction = x;
  for (let n = Math.ceil(40 + 180 / (x * x)); n > 0; n--) fraction = x + n / 2 / fraction;
  return bell(x) / fraction;
}
const gelu = (x) => (x === -Infinity ? -0 : (x / 2) * erfc(-x / Math.SQRT2));
const logSumExp = (a, b) => (a < b ? b : a) + Math.log1p(Math.exp(-(a === b ? 0 : Math.abs(a - b))));

// Threefry-2x32 with 20 rounds: two words.
function threefry(key, counter) {
  const keys = [key[0] | 0, key[1] | 0, 0x1bd11bda ^ key[0] ^ key[1]];
  const rotations = [[13, 15, 26, 6], [17, 29, 16, 24]];
  let x = (counter[0] + keys[0]) | 0;
  let y = (counter[1] + keys[1]) | 0;
  for (let injection = 1; injection <= 5; injection++) {
    for (const rotation of rotations[(injection - 1) % 2]) {
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    x = (x + keys[injection % 3]) | 0;
    y = (y + keys[(injection + 1) % 3] + injection) | 0;
  }
  return [x >>> 0, y >>> 0];
}

// The row of a batch that is drawn for each step.
const batchRow = (seed, step, slot, rows) => threefry([seed, 0], [step, slot])[0] % rows;

// A word of which every bit depends on all bits of another.
function mixed(word) {
  const once = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x846ca68b);
  return twice ^ (twice >>> 16);
}

// The row of a batch where every pass takes all rows, in an order of its own: a Feistel network, until a row comes out.
function shuffledRow(seed, step, slot, size, rows) {
  const period = Math.ceil(rows / size);
  const keys = threefry([seed, 9], [Math.floor(step / period), 0]);
  const half = Math.max(33 - Math.clz32(rows - 1), 6) >>> 1;
  const mask = (1 << half) - 1;
  let row = ((step % period) * size + slot) % rows;
  do {
    let [left, right] = [row >>> half, row & mask];
    for (let round = 0; round < 8; round++) {
      const word = mixed((right + keys[round % 2] + Math.imul(round, 0x9e3779b9)) | 0);
      [left, right] = [right, left ^ (word & mask)];
    }
    row = ((left << half) | right) >>> 0;
  } while (row >= rows);
  return row;
}

// One of the two uniform numbers of a parameter's noise in a step: 53 bits of two words. Stream 8 of the seed is noise.
function drawn(seed, cell, parameter, step, half) {
  const [high, low] = threefry(threefry([seed, 8 + 16 * parameter], cell), [step, half]);
  return (high * 2097152 + (low >>> 11)) / 9007199254740992;
}

// Points of a path that are kept; of a longer one every second goes, again and again.
const MOST_POINTS = 4096;
// Steps after which a page gives up on a path rather than seem dead.
const MOST_STEPS = 5e6;
const [CONVERGED, SETTLED, DESCENDING, LEVEL, OSCILLATING, UNSTABLE, RISING, DIVERGED] = [0, 1, 2, 3, 4, 5, 6, 7];

// The losses of some judged steps; twin of `Window` in the engines.
const opened = (loss) => ({ low: loss, high: loss, origin: loss, sum: 0, squares: 0 });
function added(window, loss) {
  const apart = loss - window.origin;
  window.low = Math.min(window.low, loss);
  window.high = Math.max(window.high, loss);
  window.sum += apart;
  window.squares += apart * apart;
}

// What becomes of a descent that has no steps left; twin of `Trend` in the engines.
function trend(windows, start, end, moves, { level, grain, batched }, width) {
  const [first, second] = windows;
  const size = Math.max(...[first.low, first.high, second.low, second.high].map(Math.abs));
  const noise = Math.max(level * size, grain * Math.abs(start));
  const mean = (window) => window.origin + window.sum / width;
  const apart = first.sum / width;
  const deviation = Math.sqrt(Math.max(first.squares / width - apart * apart, 0));
  const fall = batched ? mean(first) - mean(second) : first.high - second.high;
  const unsure = batched ? deviation / 2 : (first.high - first.low) / 4;
  const creeps = (by, of) => of > level * Math.abs(start) && by >= of / 4;
  const rise = second.low - first.high;
  if (fall > unsure && (fall > noise || creeps(fall, start - end))) return DESCENDING;
  if (rise > noise || (rise > 0 && creeps(rise, end - start))) return RISING;
  if (moves || second.high - second.low > noise) return OSCILLATING;
  return Math.abs(end - start) <= level * Math.abs(start) ? LEVEL : SETTLED;
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
  const judged = Math.ceil(limits.steps / limits.period);
  const width = Math.min(Math.max(Math.floor(judged / (limits.batched ? 4 : 8)), 1), 1024);
  const edges = [Math.floor(judged / 2), judged].map((last) => [Math.max(last + 1 - width, 0), last]);
  const windows = [null, null];
  let begun = null;
  let first = null;
  // The stop test has held for long enough: what counts is where it began to hold.
  const arrived = () => {
    while (points.length > 0 && points[points.length - 1].step > begun.at.step) points.pop();
    shown = begun.at;
    return ended(CONVERGED, begun.at.step);
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
    const before = shown;
    if (due && ((usable && finite(now.loss)) || step === 0)) note(step, now.loss);
    first ??= shown;
    if (!usable) return ended(DIVERGED, step);
    if (due) {
      if (!finite(now.loss) || Math.abs(now.loss) > bar) return ended(DIVERGED, step);
      const at = step === limits.steps ? judged : Math.floor(step / limits.period);
      edges.forEach(([from, to], which) => {
        if (at < from || at > to) return;
        if (windows[which]) added(windows[which], now.loss);
        else windows[which] = opened(now.loss);
      });
      if (now.slopes.every((slope, i) => Math.abs(slope) < limits.tolerances[i])) {
        begun = begun ? { ...begun, left: begun.left - 1 } : { at: shown, left: limits.confirmation };
        if (begun.left === 0 || step === limits.steps) return arrived();
      } else {
        begun = null;
      }
      if (step === limits.steps) {
        const still = (value, i) => {
          const size = Math.max(Math.abs(value), Math.abs(first.values[i]));
          return Math.abs(value - before.values[i]) <= limits.level * size;
        };
        const moves = step > 0 && !shown.values.every(still);
        return ended(trend(windows, start, now.loss, moves, limits, width), step);
      }
      if (step >= MOST_STEPS) return ended(DESCENDING, step, true);
    }
    c = advance(k, c, d, step);
  }
}
