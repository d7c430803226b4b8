// Descents by the hundred thousand: what a page does around its WebAssembly kernel (engine/wasm). The kernel makes the steps of
// one group of descents; here its memory is filled, and what it leaves is told in words. Every number is that of the engines.

const [ARRIVED, LEFT_AT, OVERFLOWED] = [1, 2, 3];

// Runs cells. `problem` has knobs, lines of values along x and y, initial values, parameters and limits; `layout` says where the
// kernel keeps its numbers.
function kernelOf(instance, layout, problem) {
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
  layout.columns.forEach(({ at, data }) => numbers.set(problem.tables[0][data], place(at)));

  const n = limits.steps;
  const width = Math.min(Math.max(Math.floor(n / 8), 1), 1024);
  const middle = Math.floor(n / 2);
  const windows = [[Math.max(middle + 1 - width, 0), middle + 1], [n + 1 - width, n]];
  const edges = [...new Set([...windows.flat(), n - 1, n])].filter((edge) => edge > 0 && edge <= n).sort((a, b) => a - b);
  const within = (step) => windows.findIndex(([from, until]) => step >= from && step < until);

  // The cells begin, one in each lane; lanes too many do what the last cell does, and go nowhere.
  function begin(cells) {
    for (let lane = 0; lane < lanes; lane++) {
      const cell = cells[Math.min(lane, cells.length - 1)];
      const [x, y] = [cell % problem.nx, Math.floor(cell / problem.nx)];
      problem.knobs.forEach((knob, at) => {
        if (knob.x !== undefined) numbers[place(layout.knobs[at]) + lane] = problem.x_lines[knob.x][x];
        if (knob.y !== undefined) numbers[place(layout.knobs[at]) + lane] = problem.y_lines[knob.y][y];
      });
      mask(layout.alive, lane, lane < cells.length);
      mask(layout.held, lane, false);
      mask(layout.code, lane, false);
    }
    problem.initial.forEach((knob, at) => (knob === null ? fill(layout.carried[at], 0) : copy(layout.knobs[knob], layout.carried[at])));
    look(0, 0);
    const starts = slot(layout.loss);
    for (let lane = 0; lane < lanes; lane++) {
      const scale = round(1 + Math.abs(starts[lane]));
      // A start without a loss has none.
      numbers[place(layout.bar) + lane] = scale <= reach ? round(factor * scale) : largest;
    }
    return starts;
  }

  const opens = () => (fill(layout.low, largest), fill(layout.high, -largest));
  const losses = () => [layout.low, layout.high].map(slot);

  // Follows a group to its end; what is needed to tell the trend of those that get there.
  function follow() {
    let step = 0;
    let first = null;
    let before = null;
    let goesOn = true;
    opens();
    for (const edge of edges) {
      const window = within(step);
      if (window === 1 && step === windows[1][0]) opens();
      goesOn = (window >= 0 ? watched : steps)(step, edge) !== 0;
      if (!goesOn) return null;
      step = edge;
      if (step === windows[0][1]) first = losses();
      if (step === n - 1) before = layout.carried.map(slot);
    }
    if (windows[1][0] >= n) opens();
    return last(n, n) !== 0 ? { first: first ?? losses(), second: losses(), before: before ?? starting() } : null;
  }

  const starting = () => problem.initial.map((knob) => (knob === null ? new numbers.constructor(lanes) : slot(layout.knobs[knob])));
  const valueAt = (slots, lane) => {
    let at = 0;
    return problem.parameters.map((p) => {
      const hi = numbers[place(slots[at++]) + lane];
      return p.lo === null ? hi : hi + numbers[place(slots[at++]) + lane];
    });
  };

  // The word of a descent that has no steps left.
  function word(lane, ends, start) {
    const edge = ([low, high]) => ({ low: low[lane], high: high[lane], origin: low[lane], sum: 0, squares: 0 });
    const end = numbers[place(layout.loss) + lane];
    const moved = problem.parameters.some((p) => {
      const part = (list, at) => (at === null ? 0 : (list ? list[at][lane] : numbers[place(layout.carried[at]) + lane]));
      const [now, then] = [null, ends.before].map((list) => part(list, p.hi) + part(list, p.lo));
      const knob = problem.initial[p.hi];
      const origin = knob === null ? 0 : numbers[place(layout.knobs[knob]) + lane];
      return Math.abs(now - then) > limits.level * Math.max(Math.abs(now), Math.abs(origin));
    });
    const limit = { level: limits.level, grain: layout.grain, batched: false };
    return trend([edge(ends.first), edge(ends.second)], start, end, n > 0 && moved, limit, width);
  }

  // Runs the first cells, and gives each one's results to `put`.
  function run(cells, put) {
    const overflowed = [];
    for (let from = 0; from < cells; from += lanes) {
      const group = Array.from({ length: Math.min(lanes, cells - from) }, (_, lane) => from + lane);
      const starts = begin(group);
      const ends = follow();
      group.forEach((cell, lane) => {
        const start = starts[lane];
        switch (count(layout.code, lane)) {
          case ARRIVED:
            return put(cell, CONVERGED, count(layout.held_since, lane), start, numbers[place(layout.held_loss) + lane], valueAt(layout.held_at, lane));
          case LEFT_AT:
            return put(cell, DIVERGED, count(layout.steps, lane), start, numbers[place(layout.last_loss) + lane], valueAt(layout.last_at, lane));
          case OVERFLOWED: {
            const step = count(layout.steps, lane);
            if (step > 0) return overflowed.push([cell, step]);
            return put(cell, DIVERGED, 0, NaN, NaN, valueAt(layout.last_at, lane));
          }
          default: {
            const place_of = reported.map((at) => layout.carried[at]);
            return put(cell, word(lane, ends, start), n, start, numbers[place(layout.loss) + lane], valueAt(place_of, lane));
          }
        }
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
      const slots = reported.map((at) => layout.carried[at]);
      put(cell, DIVERGED, end, starts[lane], numbers[place(layout.loss) + lane], valueAt(slots, lane));
    });
  }

  return { run };
}
