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

// Descents that came to rest, which are asked together whether they could have stayed: each is `out.outcome[cell]` to be told.
function restingOf(judge, out) {
  const TOGETHER = 1024;
  let rested = [];
  const tell = () => {
    if (rested.length === 0) return;
    const places = rested.map((cell) => ({ cell, point: out.ends.map((list) => list[cell]) }));
    judge.unstable(places).forEach((is, at) => (out.outcome[rested[at]] = is ? UNSTABLE : CONVERGED));
    rested = [];
  };
  // Whatever the place, the answer is the same.
  let known = null;
  const same = (cell) => {
    known ??= judge.unstable([{ cell, point: out.ends.map((list) => list[cell]) }])[0];
    out.outcome[cell] = known ? UNSTABLE : CONVERGED;
  };
  const wait = (cell) => {
    rested.push(cell);
    if (rested.length === TOGETHER) tell();
  };
  return { add: !judge ? (cell) => (out.outcome[cell] = CONVERGED) : judge.constant ? same : wait, tell };
}

// Runs cells. `problem` has tables, initial values and parameters, and anew for every run knobs, lines of values along x and y, and
// limits; `layout` says where the kernel keeps its numbers.
function kernelOf(instance, layout, problem) {
  const { memory, look, steps, watched, last } = instance.exports;
  const { lanes, lane_bytes: bytes } = layout;
  const wide = bytes === 8;
  const numbers = wide ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const round = wide ? (value) => value : Math.fround;
  const perWord = bytes / 4;
  // Where a slot begins among numbers, and among words.
  const place = (slot) => slot / bytes;
  const word = (slot) => slot / 4;
  const fill = (at, value) => numbers.fill(value, at, at + lanes);
  const copy = (from, to) => numbers.copyWithin(to, from, from + lanes);
  const perSlot = lanes * perWord;
  const put = (at, to) => {
    for (let lane = 0; lane < lanes; lane++) to[lane] = numbers[at + lane];
  };
  // A group's numbers that the kernel will write over.
  const kept = () => new numbers.constructor(lanes);

  const shared = [layout.seed_knob, layout.table_knob].filter((knob) => knob !== null);
  const counted = (layout.cell_knobs ?? []).map((knob, at) => ({ knob, to: word(layout.cell[at]) }));
  let table = null;

  const [loss, bar, low, high, origin, sum, squares] = ["loss", "bar", "low", "high", "origin", "sum", "squares"].map((name) => place(layout[name]));
  const [alive, held, code, stepsAt, heldSince] = ["alive", "held", "code", "steps", "held_since"].map((name) => word(layout[name]));
  const [heldLoss, judgedLoss, lastLoss] = ["held_loss", "judged_loss", "last_loss"].map((name) => place(layout[name]));
  const [heldAt, judgedAt, lastAt] = ["held_at", "judged_at", "last_at"].map((name) => layout[name].map(place));
  // What is carried of parameters: high parts and low ones; which of them each parameter has; where it begins.
  const halves = problem.parameters.flatMap((p) => (p.lo === null ? [p.hi] : [p.hi, p.lo]));
  const reported = halves.map((at) => place(layout.carried[at]));
  const parts = [];
  for (const [i, { lo }] of problem.parameters.entries()) parts.push({ hi: i === 0 ? 0 : parts[i - 1].hi + (parts[i - 1].isSum ? 2 : 1), isSum: lo !== null });
  const initial = problem.initial.map((knob, at) => ({ from: knob === null ? null : place(layout.knobs[knob]), to: place(layout.carried[at]) }));
  const origins = problem.parameters.map((p) => initial[p.hi].from);
  const begun = halves.map((at) => initial[at].from);

  // Of the group at hand: losses at the start, what the first window has, and where the judged step before the last was.
  const [starts, before] = [kept(), reported.map(kept)];
  const windowOf = { low, high, origin, sum, squares };
  const first = Object.fromEntries(Object.keys(windowOf).map((name) => [name, kept()]));
  let kinds, limit;

  // What is otherwise in every run, told by `renew`: limits, and windows of judged steps; where the lines of knobs that vary go, and
  // those that all descents of a group must have in common.
  let limits, nx, n, period, batched, factor, reach, largest, width, windows, stretches, across, up, differ;

  function renew() {
    ({ limits, nx } = problem);
    ({ steps: n, period, batched } = limits);
    [factor, reach, largest] = [limits.factor, limits.reach, limits.largest].map(round);
    problem.knobs.forEach((knob, at) => knob.fixed !== undefined && fill(place(layout.knobs[at]), knob.fixed));
    limits.tolerances.forEach((tolerance, at) => fill(place(layout.tolerances[at]), tolerance));
    const lines = (side) => problem.knobs.flatMap((knob, at) => (knob[side] === undefined ? [] : [{ to: place(layout.knobs[at]), line: problem[`${side}_lines`][knob[side]] }]));
    [across, up] = ["x", "y"].map(lines);
    differ = shared.filter((knob) => problem.knobs[knob].fixed === undefined);
    const judged = Math.ceil(n / period);
    width = Math.min(Math.max(Math.floor(judged / (batched ? 4 : 8)), 1), 1024);
    const middle = Math.floor(judged / 2);
    // Of judged steps, by their numbers; the last is that at which no steps are left.
    windows = [[Math.max(middle + 1 - width, 0), middle + 1], [judged + 1 - width, judged]]
      .map((window) => window.map((number) => Math.min(number * period, n)));
    const edges = [...new Set([...windows.flat(), n - 1, n])].filter((edge) => edge > 0 && edge <= n).sort((a, b) => a - b);
    // From edge to edge: whether a window begins there, and what makes the steps.
    stretches = edges.map((until, at) => {
      const from = at === 0 ? 0 : edges[at - 1];
      const window = windows.find(([first, last]) => from >= first && from < last);
      return { from, until, opens: Boolean(window) && from === window[0], make: window ? watched : steps };
    });
    kinds = batched ? ["low", "high", "origin", "sum", "squares"] : ["low", "high"];
    limit = { level: limits.level, grain: layout.grain, batched };
  }

  // The cells begin, one in each lane, `cells[from]` in the first; lanes too many do what the last cell does, and go nowhere.
  function begin(cells, from, count) {
    const own = tableOf(layout, problem, cells[from]);
    if (own !== table) {
      table = own;
      layout.columns.forEach(({ at, data }) => numbers.set(problem.tables[table][data], place(at)));
    }
    if (layout.seed_knob !== null) words[word(layout.seed)] = knobAt(problem, layout.seed_knob, cells[from]);
    for (let lane = 0; lane < lanes; lane++) {
      const cell = cells[from + Math.min(lane, count - 1)];
      const column = cell % nx;
      const row = (cell - column) / nx;
      for (let at = 0; at < across.length; at++) numbers[across[at].to + lane] = across[at].line[column];
      for (let at = 0; at < up.length; at++) numbers[up[at].to + lane] = up[at].line[row];
      for (let at = 0; at < counted.length; at++) words[counted[at].to + lane * perWord] = knobAt(problem, counted[at].knob, cell);
    }
    words.fill(0xffffffff, alive, alive + count * perWord);
    words.fill(0, alive + count * perWord, alive + perSlot);
    words.fill(0, held, held + perSlot);
    words.fill(0, code, code + perSlot);
    for (let at = 0; at < initial.length; at++) initial[at].from === null ? fill(initial[at].to, 0) : copy(initial[at].from, initial[at].to);
    if (period > 1) {
      reported.forEach((carried, at) => copy(carried, judgedAt[at]));
      fill(judgedLoss, NaN);
    }
    look(0, 0);
    for (let lane = 0; lane < lanes; lane++) {
      const start = (starts[lane] = numbers[loss + lane]);
      const scale = round(1 + Math.abs(start));
      // A start without a loss has none.
      numbers[bar + lane] = scale <= reach ? round(factor * scale) : largest;
    }
  }

  // A window begins.
  function opens(step) {
    fill(low, largest);
    fill(high, -largest);
    if (!batched) return;
    look(step, step);
    copy(loss, origin);
    fill(sum, 0);
    fill(squares, 0);
  }

  const noteWindow = () => kinds.forEach((name) => put(windowOf[name], first[name]));
  const noteBefore = (slots) => slots.forEach((slot, at) => (slot === null ? before[at].fill(0) : put(slot, before[at])));

  // Follows a group to its end. What is needed to tell the trend of those that get there is noted on the way: two windows, of which
  // the kernel keeps the second, and where they were at the judged step before.
  function follow() {
    opens(0);
    for (let at = 0; at < stretches.length; at++) {
      const { from, until, opens: isFirst, make } = stretches[at];
      if (isFirst) opens(from);
      if (make(from, until) === 0) return;
      if (until === windows[0][1]) noteWindow();
      if (until === n - 1 && period === 1) noteBefore(reported);
    }
    if (windows[1][0] >= n) opens(n);
    if (period > 1) noteBefore(judgedAt);
    else if (n < 2) noteBefore(begun);
    last(n, n);
    if (n === 0) noteWindow();
  }

  // The word of a descent that has no steps left.
  const ends = [0, 1].map(() => ({ low: 0, high: 0, origin: 0, sum: 0, squares: 0 }));
  function wordOf(lane) {
    for (let at = 0; at < kinds.length; at++) {
      ends[0][kinds[at]] = first[kinds[at]][lane];
      ends[1][kinds[at]] = numbers[windowOf[kinds[at]] + lane];
    }
    let moved = false;
    for (let i = 0; i < parts.length; i++) {
      const { hi, isSum } = parts[i];
      const here = numbers[reported[hi] + lane] + (isSum ? numbers[reported[hi + 1] + lane] : 0);
      const there = before[hi][lane] + (isSum ? before[hi + 1][lane] : 0);
      const origin = origins[i] === null ? 0 : numbers[origins[i] + lane];
      moved ||= Math.abs(here - there) > limits.level * Math.max(Math.abs(here), Math.abs(origin));
    }
    return trend(ends, starts[lane], numbers[loss + lane], n > 0 && moved, limit, width);
  }

  // Those of the first cells that may be in a group together.
  function alike(cells) {
    if (differ.length === 0) {
      const all = new Uint32Array(cells);
      for (let cell = 0; cell < cells; cell++) all[cell] = cell;
      return [all];
    }
    const lists = new Map();
    for (let cell = 0; cell < cells; cell++) {
      const key = differ.map((knob) => knobAt(problem, knob, cell)).join();
      lists.has(key) ? lists.get(key).push(cell) : lists.set(key, [cell]);
    }
    return lists.values();
  }

  // Runs the first cells. What each comes to goes into the lists of `out`: outcome, steps, start, loss, and ends where these are
  // asked for; `rests` is asked about those that came to rest.
  function run(cells, out, rests) {
    renew();
    for (const list of alike(cells)) runAlike(list, out, rests);
    rests.tell();
  }

  function note(out, cell, outcome, step, start, end) {
    out.outcome[cell] = outcome;
    out.steps[cell] = step;
    out.start[cell] = start;
    out.loss[cell] = end;
  }

  // Where a descent came to: what is carried of its parameters.
  function putEnds(out, cell, lane, at) {
    for (let i = 0; i < out.ends.length; i++) {
      const { hi, isSum } = parts[i];
      out.ends[i][cell] = isSum ? numbers[at[hi] + lane] + numbers[at[hi + 1] + lane] : numbers[at[hi] + lane];
    }
  }

  function runAlike(cells, out, rests) {
    const overflowed = [];
    for (let from = 0; from < cells.length; from += lanes) {
      const count = Math.min(lanes, cells.length - from);
      begin(cells, from, count);
      follow();
      for (let lane = 0; lane < count; lane++) {
        const cell = cells[from + lane];
        const start = starts[lane];
        const ended = words[code + lane * perWord];
        const step = words[stepsAt + lane * perWord];
        if (ended === ARRIVED) {
          note(out, cell, CONVERGED, words[heldSince + lane * perWord], start, numbers[heldLoss + lane]);
          putEnds(out, cell, lane, heldAt);
          rests.add(cell);
        } else if (ended === 0) {
          note(out, cell, wordOf(lane), n, start, numbers[loss + lane]);
          putEnds(out, cell, lane, reported);
        } else if (period > 1) {
          // Of the last judged step that was finite.
          const end = numbers[judgedLoss + lane];
          note(out, cell, DIVERGED, step, Number.isNaN(end) ? NaN : start, end);
          putEnds(out, cell, lane, judgedAt);
        } else if (ended !== LEFT_AT && step > 0) overflowed.push([cell, step]);
        else {
          const isFinite = ended === LEFT_AT;
          note(out, cell, DIVERGED, isFinite ? step : 0, isFinite ? start : NaN, isFinite ? numbers[lastLoss + lane] : NaN);
          putEnds(out, cell, lane, lastAt);
        }
      }
    }
    overflowed.sort((a, b) => a[1] - b[1]);
    for (let from = 0; from < overflowed.length; from += lanes) again(overflowed.slice(from, from + lanes), out);
  }

  // Where the loss, or a parameter, is no finite number any more, the step before is what counts.
  function again(group, out) {
    begin(group.map(([cell]) => cell), 0, group.length);
    let step = 0;
    group.forEach(([cell, end], lane) => {
      if (end - 1 > step) steps(step, end - 1);
      step = end - 1;
      look(step, step);
      note(out, cell, DIVERGED, end, starts[lane], numbers[loss + lane]);
      putEnds(out, cell, lane, reported);
    });
  }

  return { run };
}
