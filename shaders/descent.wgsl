// One invocation follows one descent (one cell of the map) over a chunk of its steps.
//
// Lines that begin with `//@` are replaced by generated code before compilation:
//   //@ constants   `real` and `bits` (the working precision), bounds, sizes, outcome codes
//   //@ program     what one step computes: Knobs, Carried, Step and the functions that read, write and make them
//   //@ blocks      steps by the block, with one test for all of them
// Everything carried from chunk to chunk lives in buffers, so a run may be cut anywhere without changing a bit.
// Whether a number is finite, and how two magnitudes compare, is decided on the bits: shaders may assume that NaN
// and infinity never occur, and on some back ends `x != x` is never true.

//@ constants

// Host twin: `Uniforms` in src/engine/gpu/kernel.rs; a test compares the offsets.
struct Uniforms {
    cells: u32,       // cells of the tile
    width: u32,       // cells per row of the tile
    groups_x: u32,    // workgroups per row of the dispatch
    first_step: u32,  // this chunk makes steps first_step .. end_step
    end_step: u32,
    steps: u32,       // N: the loss is evaluated at steps 0 .. N
    zero: u32,        // 0, which the compiler cannot know
    rows: u32,        // rows of the data
    batch: u32,       // rows of a step's batch
    window_first: u32,   // the first and the last judged step of the window around the middle
    window_middle: u32,
    window_second: u32,  // the first and the last judged step of the window at the end
    window_last: u32,
    dispatched: u32,     // cells of the dispatch
    listed: u32,         // 0 where these are all cells of the tile, else 1 or 2: which list has them
    lists: u32,          // the list, 1 or 2, that those still on their way are written to
}

@group(0) @binding(0) var<uniform> job: Uniforms;
// Factor and reach of the divergence bar, tolerances of the stop test, the knobs, the formulas' constants, the data, the
// tile's values along x and y. Host twin: `InputLayout` in src/engine/gpu/wgsl.rs.
@group(0) @binding(1) var<storage, read> inputs: array<real>;
// Slots of `cells` values each. Host twin: `Slots` in src/engine/gpu/kernel.rs.
@group(0) @binding(2) var<storage, read_write> reals: array<real>;
// Six slots: outcome code, step, for how many more judged steps the stop test must hold, the step at which it began to; two
// lists of cells that are still on their way.
@group(0) @binding(3) var<storage, read_write> marks: array<u32>;
// Cells that are still on their way after this chunk.
@group(0) @binding(4) var<storage, read_write> running: atomic<u32>;

//@ program

// Bits of D*(1+|loss_start|), kept below infinity.
fn divergence_bar(loss_start: real) -> bits {
    let scale = real(1) + abs(loss_start);
    return select(MAX_FINITE, magnitude(inputs[0] * scale), scale <= inputs[1]);
}

// The losses of some judged steps; sums are of differences from the first, and of drawn steps alone. Twin of `Window` in
// src/sweep/trend.rs.
struct Window {
    low: real,
    high: real,
    origin: real,
    sum: real,
    squares: real,
}

struct Windows {
    first: Window,
    second: Window,
}

fn lesser(a: real, b: real) -> real {
    return select(a, b, b < a);
}

fn greater(a: real, b: real) -> real {
    return select(a, b, b > a);
}

// A window with the losses of one or some more steps, between `low` and `high`.
fn with_losses(window: Window, begins: bool, low: real, high: real) -> Window {
    var w = window;
    w.low = select(lesser(w.low, low), low, begins);
    w.high = select(greater(w.high, high), high, begins);
    if BATCHED {
        w.origin = select(w.origin, low, begins);
        let apart = low - w.origin;
        w.sum = select(w.sum, real(0), begins) + apart;
        w.squares = select(w.squares, real(0), begins) + opaque(apart * apart);
    }
    return w;
}

// The windows with the losses of the judged step `at`, and of those behind it in the same window.
fn watched(windows: Windows, at: u32, low: real, high: real) -> Windows {
    var w = windows;
    if (at >= job.window_first) & (at <= job.window_middle) {
        w.first = with_losses(w.first, at == job.window_first, low, high);
    }
    if (at >= job.window_second) & (at <= job.window_last) {
        w.second = with_losses(w.second, at == job.window_second, low, high);
    }
    return w;
}

// The next step at which a window begins, or has ended.
fn next_edge(k: u32) -> u32 {
    let second = select(job.window_last + 1u, job.window_second, k < job.window_second);
    let middle = select(second, job.window_middle + 1u, k <= job.window_middle);
    return select(middle, job.window_first, k < job.window_first);
}

fn load_window(cell: u32, slot: u32) -> Window {
    let at = slot * job.cells + cell;
    var w = Window(reals[at], reals[at + job.cells], real(0), real(0), real(0));
    if BATCHED {
        w.origin = reals[at + 2u * job.cells];
        w.sum = reals[at + 3u * job.cells];
        w.squares = reals[at + 4u * job.cells];
    }
    return w;
}

fn store_window(cell: u32, slot: u32, w: Window) {
    let at = slot * job.cells + cell;
    reals[at] = w.low;
    reals[at + job.cells] = w.high;
    if BATCHED {
        reals[at + 2u * job.cells] = w.origin;
        reals[at + 3u * job.cells] = w.sum;
        reals[at + 4u * job.cells] = w.squares;
    }
}

// A descent on its way.
struct Descent {
    carried: Carried,
    reported: Carried,  // at the last judged step where loss and parameters were finite
    before: Carried,    // at the one before that
    held: Carried,      // where the stop test began to hold
    loss_held: real,
    held_at: u32,
    left: u32,          // 0 where it does not hold, else 1 more than the judged steps for which it still must
    windows: Windows,
    loss_start: real,
    loss_last: real,
    bar: bits,
    mark: u32,
    k: u32,
}

// One step of a descent that is on its way.
fn try_step(knobs: Knobs, present: Descent) -> Descent {
    var d = present;
    // With batches a descent is judged after every full pass over the data, and at its last step.
    let judged = d.k % PERIOD == 0u || d.k == job.steps;
    let now = step(knobs, d.carried, d.k, judged);
    let size = magnitude(now.loss);
    let usable = size <= MAX_FINITE && largest_parameter(d.carried) <= PARAMETER_LIMIT;
    let opening = d.k == 0u;

    let keep = judged && usable;
    d.before = pick(d.before, d.reported, keep);
    d.reported = pick(d.reported, d.carried, keep);
    d.loss_last = select(d.loss_last, now.loss, keep);
    d.loss_start = select(d.loss_start, now.loss, keep && opening);
    d.bar = select(d.bar, divergence_bar(d.loss_start), keep && opening);

    if keep {
        d.windows = watched(d.windows, select(d.k / PERIOD, job.window_last, d.k == job.steps), now.loss, now.loss);
    }

    // The stop test must go on holding.
    let holds = keep && now.holds && size <= d.bar;
    let begins = holds && d.left == 0u;
    d.held = pick(d.held, d.carried, begins);
    d.loss_held = select(d.loss_held, now.loss, begins);
    d.held_at = select(d.held_at, d.k, begins);
    d.left = select(d.left, select(0u, select(d.left - 1u, CONFIRMATION + 1u, begins), holds), judged);
    let arrived = holds && (d.left == 1u || d.k == job.steps);

    // In this order: no longer finite, beyond the bar, arrived, out of steps.
    var mark = select(RUNNING, OUT_OF_STEPS, d.k == job.steps);
    mark = select(mark, CONVERGED, arrived);
    mark = select(mark, DIVERGED, size > d.bar);
    mark = select(RUNNING, mark, judged);
    mark = select(select(DIVERGED, NO_LOSS, opening), mark, usable);
    d.mark = mark;
    d.carried = pick(d.carried, now.next, mark == RUNNING);
    d.k += u32(mark == RUNNING);
    return d;
}

@compute @workgroup_size(WORKGROUP)
fn descend(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let place = (group.y * job.groups_x + group.x) * WORKGROUP + lane;
    if place >= job.dispatched {
        return;
    }
    var cell = place;
    if job.listed != 0u {
        cell = marks[(FIRST_LIST + job.listed) * job.cells + place];
    }
    // A cell goes on only from exactly where this chunk begins. If an earlier chunk was dropped without an error, its
    // cells keep a code that is no outcome, and the host sees it.
    let begins = job.first_step == 0u;
    let expected = select(RUNNING, NEVER_WRITTEN, begins);
    if marks[cell] != expected || (!begins && marks[job.cells + cell] != job.first_step) {
        return;
    }

    let knobs = load_knobs(cell);
    let first = start(knobs);
    let none = Window(real(0), real(0), real(0), real(0), real(0));
    var d = Descent(first, first, first, first, real(0), 0u, 0u, Windows(none, none), real(0), real(0),
        divergence_bar(real(0)), RUNNING, job.first_step);
    if !begins {
        d.carried = load_carried(cell);
        d.reported = load_reported(cell);
        d.before = load_before(cell);
        d.windows = Windows(load_window(cell, FIRST_WINDOW), load_window(cell, SECOND_WINDOW));
        d.left = marks[2u * job.cells + cell];
        if d.left != 0u {
            d.held = load_held(cell);
            d.loss_held = reals[HELD_LOSS * job.cells + cell];
            d.held_at = marks[3u * job.cells + cell];
        }
        d.loss_start = reals[cell];
        d.loss_last = reals[job.cells + cell];
        d.bar = divergence_bar(d.loss_start);
    }
    // The loss at step 0, which the bar follows from, is found by itself.
    var single = u32(begins);
    while d.mark == RUNNING && d.k < job.end_step {
        // While the stop test holds, every step is looked at.
        if single == 0u && d.left == 0u {
//@ blocks
            // A block was given up, or the chunk ends soon.
            single = BLOCK;
        }
        if d.mark == RUNNING && d.k < job.end_step {
            d = try_step(knobs, d);
        }
        single = max(single, 1u) - 1u;
    }

    if d.mark == CONVERGED {
        d.reported = d.held;
        d.loss_last = d.loss_held;
        d.k = d.held_at;
    }
    reals[cell] = d.loss_start;
    reals[job.cells + cell] = d.loss_last;
    store_reported(cell, d.reported);
    store_before(cell, d.before);
    store_window(cell, FIRST_WINDOW, d.windows.first);
    store_window(cell, SECOND_WINDOW, d.windows.second);
    if d.mark == RUNNING {
        store_carried(cell, d.carried);
        marks[2u * job.cells + cell] = d.left;
        if d.left != 0u {
            store_held(cell, d.held);
            reals[HELD_LOSS * job.cells + cell] = d.loss_held;
            marks[3u * job.cells + cell] = d.held_at;
        }
        // In any order: cells know nothing of each other.
        marks[(FIRST_LIST + job.lists) * job.cells + atomicAdd(&running, 1u)] = cell;
    }
    marks[job.cells + cell] = d.k;
    marks[cell] = d.mark;
}
