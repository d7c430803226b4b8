// Descents by the hundred thousand: what a page does around its WebAssembly kernel (engine/wasm). The kernel makes the steps of
// one group of descents; here its memory is filled, and what it leaves is told in words. Every number is that of the engines.

const [ARRIVED, LEFT_AT] = [1, 2];

// The value of a knob in a cell.
function knobAt(problem, knob, cell) {
  const { fixed, x, y } = problem.knobs[knob];
  if (fixed !== undefined) return fixed;
  return x === undefined ? problem.y_lines[y][Math.floor(cell / problem.nx)] : problem.x_lines[x][cell % problem.nx];
}

// The number of a cell's table of data.
function tableOf(layout, problem, cell) {
  return layout.table_knob === null ? 0 : knobAt(problem, layout.table_knob, cell);
}

// Runs cells. `problem` has knobs, lines of values along x and y, initial values, parameters and limits; `layout` says where the
// kernel keeps its numbers; `unstable` tells of places where descents came to rest whether none would stay.
function kernelOf(instance, layout, problem, unstable) {
  const { memory, look, steps, watched, last } = instance.exports;
  const { lanes, lane_bytes: bytes } = layout;
  const wide = bytes === 8;
  const numbers = wide ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const { limits } = problem;
  const round = wide ? (value) => value : Math.fround;
  const [factor, reach, largest] = [limits.factor, limits.reach, limits.largest].map(round);
  const place = (slot) => slot / bytes;
  const perWord = bytes / 4;
  const count = (slot, lane) => words[slot / 4 + lane * perWord];
  const slot = (at) => numbers.slice(place(at), place(at) + lanes);
  const fill = (slot, value) => numbers.fill(value, place(slot), place(slot) + lanes);
  const copy = (from, to) => numbers.copyWithin(place(to), place(from), place(from) + lanes);
  const mask = (slot, lane, holds) =>
    words.fill(holds ? 0xffffffff : 0, slot / 4 + lane * perWord, slot / 4 + (lane + 1) * perWord);
  // What is carried of parameters: high parts and low ones.
  const reported = problem.parameters.flatMap((p) => (p.lo === null ? [p.hi] : [p.hi, p.lo]));

  problem.knobs.forEach((knob, at) => knob.fixed !== undefined && fill(layout.knobs[at], knob.fixed));
  limits.tolerances.forEach((tolerance, at) => fill(layout.tolerances[at], tolerance));
  const varying = problem.knobs.map((_, at) => at).filter((at) => problem.knobs[at].fixed === undefined);
  // What all descents of a group have in common.
  const shared = [layout.seed_knob, layout.table_knob].filter((knob) => knob !== null);
  let table = null;

  const n = limits.steps;
  const { period, batched } = limits;
  const judged = Math.ceil(n / period);
  const width = Math.min(Math.max(Math.floor(judged / (batched ? 4 : 8)), 1), 1024);
  const middle = Math.floor(judged / 2);
  // Of judged steps, by their numbers; the last is that at which no steps are left.
  const windows = [[Math.max(middle + 1 - width, 0), middle + 1], [judged + 1 - width, judged]]
    .map((window) => window.map((number) => Math.min(number * period, n)));
  const edges = [...new Set([...windows.flat(), n - 1, n])].filter((edge) => edge > 0 && edge <= n).sort((a, b) => a - b);
  const within = (step) => windows.findIndex(([from, until]) => step >= from && step < until);

  // The cells begin, one in each lane; lanes too many do what the last cell does, and go nowhere.
  function begin(cells) {
    const own = tableOf(layout, problem, cells[0]);
    if (own !== table) {
      table = own;
      layout.columns.forEach(({ at, data }) => numbers.set(problem.tables[table][data], place(at)));
    }
    if (layout.seed_knob !== null) words[layout.seed / 4] = knobAt(problem, layout.seed_knob, cells[0]);
    for (let lane = 0; lane < lanes; lane++) {
      const cell = cells[Math.min(lane, cells.length - 1)];
      for (const at of varying) numbers[place(layout.knobs[at]) + lane] = knobAt(problem, at, cell);
      (layout.cell_knobs ?? []).forEach((knob, at) => (words[layout.cell[at] / 4 + lane * perWord] = knobAt(problem, knob, cell)));
      mask(layout.alive, lane, lane < cells.length);
      mask(layout.held, lane, false);
      mask(layout.code, lane, false);
    }
    problem.initial.forEach((knob, at) => (knob === null ? fill(layout.carried[at], 0) : copy(layout.knobs[knob], layout.carried[at])));
    reported.forEach((carried, at) => copy(layout.carried[carried], layout.judged_at[at]));
    fill(layout.judged_loss, NaN);
    look(0, 0);
    const starts = slot(layout.loss);
    for (let lane = 0; lane < lanes; lane++) {
      const scale = round(1 + Math.abs(starts[lane]));
      // A start without a loss has none.
      numbers[place(layout.bar) + lane] = scale <= reach ? round(factor * scale) : largest;
    }
    return starts;
  }

  // A window begins.
  function opens(step) {
    fill(layout.low, largest);
    fill(layout.high, -largest);
    if (!batched) return;
    look(step, step);
    copy(layout.loss, layout.origin);
    fill(layout.sum, 0);
    fill(layout.squares, 0);
  }
  const losses = () => [layout.low, layout.high, layout.origin, layout.sum, layout.squares].map(slot);
  const now = () => reported.map((at) => layout.carried[at]);

  // Follows a group to its end; what is needed to tell the trend of those that get there: two windows, and where they were at the
  // judged step before.
  function follow() {
    let step = 0;
    let first = null;
    let before = null;
    let goesOn = true;
    opens(0);
    for (const edge of edges) {
      const window = within(step);
      if (window >= 0 && step === windows[window][0]) opens(step);
      goesOn = (window >= 0 ? watched : steps)(step, edge) !== 0;
      if (!goesOn) return null;
      step = edge;
      if (step === windows[0][1]) first = losses();
      if (step === n - 1) before = now().map(slot);
    }
    if (windows[1][0] >= n) opens(n);
    if (period > 1) before = layout.judged_at.map(slot);
    return last(n, n) !== 0 ? { first: first ?? losses(), second: losses(), before: before ?? starting() } : null;
  }

  const starting = () => reported.map((at) => (problem.initial[at] === null ? new numbers.constructor(lanes) : slot(layout.knobs[problem.initial[at]])));
  const valueAt = (slots, lane) => valuesOf(slots, (slot) => numbers[place(slot) + lane]);
  // Of parameters, by what is carried of them.
  function valuesOf(parts, value) {
    let at = 0;
    return problem.parameters.map((p) => {
      const hi = value(parts[at++]);
      return p.lo === null ? hi : hi + value(parts[at++]);
    });
  }

  // The word of a descent that has no steps left.
  function word(lane, ends, start) {
    const edge = (of) => {
      const [low, high, origin, sum, squares] = of.map((values) => values[lane]);
      return { low, high, origin, sum, squares };
    };
    const end = numbers[place(layout.loss) + lane];
    const [here, before] = [valueAt(now(), lane), valuesOf(ends.before, (values) => values[lane])];
    const moved = problem.parameters.some((p, i) => {
      const knob = problem.initial[p.hi];
      const origin = knob === null ? 0 : numbers[place(layout.knobs[knob]) + lane];
      return Math.abs(here[i] - before[i]) > limits.level * Math.max(Math.abs(here[i]), Math.abs(origin));
    });
    const limit = { level: limits.level, grain: layout.grain, batched };
    return trend([edge(ends.first), edge(ends.second)], start, end, n > 0 && moved, limit, width);
  }

  // Those of the first cells that may be in a group together.
  function alike(cells) {
    const lists = new Map();
    const differ = shared.filter((knob) => varying.includes(knob));
    for (let cell = 0; cell < cells; cell++) {
      const key = differ.map((knob) => knobAt(problem, knob, cell)).join();
      lists.has(key) ? lists.get(key).push(cell) : lists.set(key, [cell]);
    }
    return lists.values();
  }

  // Runs the first cells, and gives each one's results to `put`.
  function run(cells, put) {
    const TOGETHER = 1024;
    let rested = [];
    const ask = () => {
      unstable(rested).forEach((is, at) => rested[at].put(is ? UNSTABLE : CONVERGED));
      rested = [];
    };
    const arrived = (cell, point, put) => {
      rested.push({ cell, point, put });
      if (rested.length === TOGETHER) ask();
    };
    for (const list of alike(cells)) runAlike(list, put, arrived);
    ask();
  }

  function runAlike(cells, put, arrived) {
    const overflowed = [];
    for (let from = 0; from < cells.length; from += lanes) {
      const group = cells.slice(from, from + lanes);
      const starts = begin(group);
      const ends = follow();
      group.forEach((cell, lane) => {
        const start = starts[lane];
        const at = (slot) => numbers[place(slot) + lane];
        const code = count(layout.code, lane);
        const step = count(layout.steps, lane);
        if (code === ARRIVED) {
          const [steps, loss, point] = [count(layout.held_since, lane), at(layout.held_loss), valueAt(layout.held_at, lane)];
          return arrived(cell, point, (outcome) => put(cell, outcome, steps, start, loss, point));
        }
        if (code === 0) return put(cell, word(lane, ends, start), n, start, at(layout.loss), valueAt(now(), lane));
        // Of the last judged step that was finite.
        if (period > 1) {
          const loss = at(layout.judged_loss);
          return put(cell, DIVERGED, step, Number.isNaN(loss) ? NaN : start, loss, valueAt(layout.judged_at, lane));
        }
        if (code === LEFT_AT) return put(cell, DIVERGED, step, start, at(layout.last_loss), valueAt(layout.last_at, lane));
        if (step > 0) return overflowed.push([cell, step]);
        return put(cell, DIVERGED, 0, NaN, NaN, valueAt(layout.last_at, lane));
      });
    }
    overflowed.sort((a, b) => a[1] - b[1]);
    for (let from = 0; from < overflowed.length; from += lanes) again(overflowed.slice(from, from + lanes), put);
  }

  // Where the loss, or a parameter, is no finite number any more, the step before is what counts.
  function again(group, put) {
    const starts = begin(group.map(([cell]) => cell));
    let step = 0;
    group.forEach(([cell, end], lane) => {
      if (end - 1 > step) steps(step, end - 1);
      step = end - 1;
      look(step, step);
      put(cell, DIVERGED, end, starts[lane], numbers[place(layout.loss) + lane], valueAt(now(), lane));
    });
  }

  return { run };
}
