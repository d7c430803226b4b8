// One invocation follows one descent (one cell of the map) over a chunk of its steps.
//
// Lines that begin with `//@` are replaced by generated code before compilation:
//   //@ constants   `real` and `bits` (the working precision), bounds, sizes, outcome codes
//   //@ program     what one step computes: Knobs, Carried, Step and the functions that read, write and make them
// Everything carried from chunk to chunk lives in buffers, so a run may be cut anywhere without changing a bit.
// Whether a number is finite, and how two magnitudes compare, is decided on the bits: shaders may assume that NaN
// and infinity never occur, and on some back ends `x != x` is never true.

//@ constants

// Host twin: `Job` in src/engine/gpu/kernel.rs; a test compares the offsets.
struct Job {
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

@group(0) @binding(0) var<uniform> job: Job;
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

fn magnitude(x: real) -> bits {
    return bitcast<bits>(x) & MAGNITUDE_MASK;
}

// Bits of D*(1+|loss_start|), kept below infinity.
fn divergence_bar(loss_start: real) -> bits {
    let scale = real(1) + abs(loss_start);
    return select(MAX_FINITE, magnitude(inputs[1] * scale), scale <= inputs[2]);
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
    var carried = start(knobs);
    var reported = carried;
    var loss_start = real(0);
    var loss_last = real(0);
    if !begins {
        carried = load_carried(cell);
        reported = load_reported(cell);
        loss_start = reals[cell];
        loss_last = reals[job.cells + cell];
    }
    let gtol = magnitude(inputs[0]);
    var bar = divergence_bar(loss_start);
    var mark = RUNNING;
    var k = job.first_step;
    for (; k < job.end_step; k++) {
        // With batches a descent is judged after every full pass over the data, and at its last step.
        let judged = k % PERIOD == 0u || k == job.steps;
        let now = step(knobs, carried, k, judged);
        let size = magnitude(now.loss);
        if size > MAX_FINITE || largest_parameter(carried) > ABSURD {
            mark = select(DIVERGED, NO_LOSS, k == 0u);
            break;
        }
        if !judged {
            carried = now.next;
            continue;
        }
        reported = carried;
        loss_last = now.loss;
        if k == 0u {
            loss_start = now.loss;
            bar = divergence_bar(loss_start);
        }
        if size > bar {
            mark = DIVERGED;
            break;
        }
        if now.slope < gtol {
            mark = CONVERGED;
            break;
        }
        if k == job.steps {
            mark = OUT_OF_STEPS;
            break;
        }
        carried = now.next;
    }

    reals[cell] = loss_start;
    reals[job.cells + cell] = loss_last;
    store_reported(cell, reported);
    if mark == RUNNING {
        store_carried(cell, carried);
        atomicAdd(&running, 1u);
    }
    marks[job.cells + cell] = k;
    marks[cell] = mark;
}
