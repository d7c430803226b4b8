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
}

@group(0) @binding(0) var<uniform> job: Uniforms;
// gtol, factor and reach of the divergence bar, the knobs, the formulas' constants, the data, the tile's values along x
// and y. Host twin: `InputLayout` in src/engine/gpu/wgsl.rs.
@group(0) @binding(1) var<storage, read> inputs: array<real>;
// Slots of `cells` values each: loss at the start, last finite loss, reported parameters, carried values.
@group(0) @binding(2) var<storage, read_write> reals: array<real>;
// Two slots: outcome code, step.
@group(0) @binding(3) var<storage, read_write> marks: array<u32>;
// Cells that are still on their way after this chunk.
@group(0) @binding(4) var<storage, read_write> running: atomic<u32>;

//@ program

// Bits of D*(1+|loss_start|), kept below infinity.
fn divergence_bar(loss_start: real) -> bits {
    let scale = real(1) + abs(loss_start);
    return select(MAX_FINITE, magnitude(inputs[1] * scale), scale <= inputs[2]);
}

// A descent on its way.
struct Descent {
    carried: Carried,
    reported: Carried,  // at the last judged step where loss and parameters were finite
    loss_start: real,
    loss_last: real,
    bar: bits,
    mark: u32,
    k: u32,
}

// One step of a descent that is on its way.
fn try_step(knobs: Knobs, gtol: bits, before: Descent) -> Descent {
    var d = before;
    // With batches a descent is judged after every full pass over the data, and at its last step.
    let judged = d.k % PERIOD == 0u || d.k == job.steps;
    let now = step(knobs, d.carried, d.k, judged);
    let size = magnitude(now.loss);
    let usable = size <= MAX_FINITE && largest_parameter(d.carried) <= PARAMETER_LIMIT;
    let opening = d.k == 0u;

    let keep = judged && usable;
    d.reported = pick(d.reported, d.carried, keep);
    d.loss_last = select(d.loss_last, now.loss, keep);
    d.loss_start = select(d.loss_start, now.loss, keep && opening);
    d.bar = select(d.bar, divergence_bar(d.loss_start), keep && opening);

    // In this order: no longer finite, beyond the bar, arrived, out of steps.
    var mark = select(RUNNING, OUT_OF_STEPS, d.k == job.steps);
    mark = select(mark, CONVERGED, now.slope < gtol);
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
    let cell = (group.y * job.groups_x + group.x) * WORKGROUP + lane;
    if cell >= job.cells {
        return;
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
    var d = Descent(first, first, real(0), real(0), divergence_bar(real(0)), RUNNING, job.first_step);
    if !begins {
        d.carried = load_carried(cell);
        d.reported = load_reported(cell);
        d.loss_start = reals[cell];
        d.loss_last = reals[job.cells + cell];
        d.bar = divergence_bar(d.loss_start);
    }
    let gtol = magnitude(inputs[0]);
    // The loss at step 0, which the bar follows from, is found by itself.
    var single = u32(begins);
    while d.mark == RUNNING && d.k < job.end_step {
        if single == 0u {
//@ blocks
            // A block was given up, or the chunk ends soon.
            single = BLOCK;
        }
        if d.mark == RUNNING && d.k < job.end_step {
            d = try_step(knobs, gtol, d);
        }
        single -= 1u;
    }

    reals[cell] = d.loss_start;
    reals[job.cells + cell] = d.loss_last;
    store_reported(cell, d.reported);
    if d.mark == RUNNING {
        store_carried(cell, d.carried);
        atomicAdd(&running, 1u);
    }
    marks[job.cells + cell] = d.k;
    marks[cell] = d.mark;
}
