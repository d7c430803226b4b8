// One workgroup makes one training of a network, over as much of it as a dispatch has room for.
//
// Lines that begin with `//@` are replaced by generated code before compilation:
//   //@ constants   `real` and `bits` (the working precision), sizes, outcome codes
//   //@ random      the generator of batches, where there are any
//   //@ lists       where weights, gradient and what else is carried are: in workgroup memory, or in storage
//   //@ layers      `forward` and `backward` through the layers, and the loss of a row
//   //@ rule        `update`, one step of all parameters, and `arrived`, the stop rule
//   //@ publish     a barrier for storage, where weights are in it
//
// A training is a chain of small parts: tiles of rows through the network, a judgement, an update. Where it is in that
// chain is kept in `marks`, so that a dispatch may end after any part and the next goes on without changing a bit.
// All invocations of a workgroup take the same way: what decides it is in workgroup memory, written by the first of them.

//@ constants

// Host twin: `Uniforms` in src/engine/gpu/network/layout.rs; a test compares the offsets.
struct Uniforms {
    trainings: u32,  // trainings of the tile
    groups_x: u32,   // workgroups per row of the dispatch
    budget: u32,     // turns of loops before this dispatch ends
    zero: u32,       // 0, which the compiler cannot know
}

// Host twin: `Training`, likewise.
struct Training {
    code: u32,
    step: u32,      // k
    phase: u32,
    position: u32,  // tile of rows
    verdict: u32,   // the outcome, while the test rows are still looked at
    open: u32,      // 1 during a dispatch: one that finds it set was preceded by one that was killed
    known: u32,     // 1 once there is a loss at the start
    infinite: u32,  // 1 if a row's loss was not finite
    seed: u32,
    batch: u32,     // rows of a step
    period: u32,    // steps of a pass over the data
    correct: u32,   // rows that were right at the last judged step
    tested: u32,    // test rows, likewise
    seen: u32,      // relative losses that were added up
}

struct Marks {
    running: atomic<u32>,   // trainings that are still on their way
    advanced: atomic<u32>,  // steps made
    trainings: array<Training>,
}

@group(0) @binding(0) var<uniform> job: Uniforms;
// Features of all rows, those to test on last; then their targets.
@group(0) @binding(1) var<storage, read> samples: array<f32>;
// gtol, factor and reach of the bar, what a mean of losses is made with, constants of the formulas, then for each training
// its learning rates and hyperparameters. Host twin: `Layout` in src/engine/gpu/network/layout.rs.
@group(0) @binding(2) var<storage, read> inputs: array<real>;
// Results of all trainings (slots of each), their histories, then for each its lists and partial sums.
@group(0) @binding(3) var<storage, read_write> state: array<real>;
@group(0) @binding(4) var<storage, read_write> marks: Marks;

// What adds up places.
const PARTS: u32 = 8u;

// Parts of a training.
const LOOK: u32 = 0u;    // a tile of all rows
const TRY: u32 = 1u;     // a tile of the test rows
const JUDGE: u32 = 2u;
const BATCH: u32 = 3u;   // a tile of the step's rows
const UPDATE: u32 = 4u;
const CLOSE: u32 = 5u;   // a tile of the test rows, with the weights that are reported

var<workgroup> now: Training;
var<workgroup> left: u32;
var<workgroup> back: u32;    // whether the tile at hand goes back too
var<workgroup> keep: u32;    // whether the weights are those to report
var<workgroup> limit_passed: atomic<u32>;
var<workgroup> infinite: atomic<u32>;
var<workgroup> row_of: array<u32, ROWS>;
// A part of the inputs of the tile's rows; outputs of all layers, which on the way back become slopes.
var<workgroup> x: array<vec4<real>, X_SIZE>;
var<workgroup> outputs: array<real, OUTPUTS_SIZE>;
// For each place of a tile: loss, its low part, rows that were right, test rows that were.
var<workgroup> sums: array<real, SUMS_SIZE>;
// Sums over some places: loss, its low part, both counts.
var<workgroup> parts: array<vec4<real>, PARTS>;
var<workgroup> peaks: array<real, WORKGROUP>;
var<private> training: u32;
// Where the training's own part of `state` begins.
var<private> origin: u32;

//@ random

//@ lists

fn is_finite(value: real) -> bool {
    return magnitude(value) <= MAX_FINITE;
}

// All invocations see what each of them has written to workgroup memory.
fn synchronise() {
    workgroupBarrier();
}

// Likewise to weights and slopes, where these are in storage. What else is there is read only where it was written.
fn publish() {
//@ publish
    workgroupBarrier();
}

fn knob(at: u32) -> real {
    return inputs[FIRST_KNOB + training * KNOBS + at];
}

fn label_of(row: u32) -> u32 {
    return u32(samples[FIRST_TARGET + row]);
}

fn target_of(row: u32, at: u32) -> real {
    return real(samples[FIRST_TARGET + row * OUTPUTS + at]);
}

fn is_of_test() -> bool {
    return (now.phase == TRY) | (now.phase == CLOSE);
}

// Rows of the pass at hand.
fn rows_in_all() -> u32 {
    return select(select(TRAIN_ROWS, now.batch, now.phase == BATCH), TEST_ROWS, is_of_test());
}

// The row in place `slot` of the pass. Places behind the last repeat it and count for nothing: what is not finite there
// is not finite in the row itself.
fn chosen(slot: u32) -> u32 {
    let place = min(slot, rows_in_all() - 1u);
    if now.phase == BATCH {
//@ batch
    }
    return select(place, TRAIN_ROWS + place, is_of_test());
}

// An input of a row of the tile; 0 behind the last.
fn input(row: u32, column: u32) -> real {
    return select(real(0), real(samples[row_of[row] * INPUTS + column]), column < INPUTS);
}

// Brings a part of the inputs of the tile's rows into workgroup memory.
fn stage(lane: u32, first: u32) {
    for (var at = lane; at < X_SIZE; at += WORKGROUP) {
        let row = at / X_STRIDE;
        let column = first + at % X_STRIDE * 4u;
        x[at] = vec4<real>(input(row, column), input(row, column + 1u), input(row, column + 2u), input(row, column + 3u));
    }
}

//@ layers

// The loss of a row, added to what its place has; the last outputs become slopes.
fn answer(place: u32) {
    let first = LAST_OUTPUTS + place * OUTPUTS;
    let row = row_of[place];
    let counts = now.position * ROWS + place < rows_in_all();
    var best = 0u;
    var finite = true;
    for (var at = 0u; at < OUTPUTS; at++) {
        let z = outputs[first + at];
        finite = finite & is_finite(z);
        if z > outputs[first + best] {
            best = at;
        }
    }
    // One output alone says class 1 where it is above 0.
    let chosen = select(best, u32(outputs[first] > real(0)), OUTPUTS == 1u);
    let is_right = counts & (CLASSES != 0u) & (chosen == label_of(row));
    let right = select(real(0), real(1), is_right);
    let loss = loss_of(first, row, outputs[first + best], real(1) / real(rows_in_all()), counts);
    let opening = now.position == 0u;
    if is_of_test() {
        sums[3u * ROWS + place] = select(sums[3u * ROWS + place], real(0), opening) + right;
        return;
    }
    if counts & !(finite & is_finite(loss)) {
        atomicStore(&infinite, 1u);
    }
    // The loss in units that keep the sum of all finite.
    let share = select(real(0), loss * inputs[3], counts);
    let sum = accumulated(select(vec2<real>(sums[place], sums[ROWS + place]), vec2<real>(real(0), real(0)), opening), share);
    sums[place] = sum.x;
    sums[ROWS + place] = sum.y;
    sums[2u * ROWS + place] = select(sums[2u * ROWS + place], real(0), opening) + right;
}

//@ rule

// A tile of rows.
fn tile(lane: u32) {
    if (now.phase == CLOSE) & (now.position == 0u) & (now.verdict == DIVERGED) {
        restore_good(lane);
        publish();
    }
    for (var place = lane; place < ROWS; place += WORKGROUP) {
        row_of[place] = chosen(now.position * ROWS + place);
    }
    synchronise();
    forward(lane);
    for (var place = lane; place < ROWS; place += WORKGROUP) {
        answer(place);
    }
    if back != 0u {
        synchronise();
        backward(lane);
    }
}

fn is_due() -> bool {
    return (now.step % now.period == 0u) | (now.step == STEPS);
}

fn is_recorded() -> bool {
    return (EVERY != 0u) && (now.step % max(EVERY, 1u) == 0u);
}

fn divergence_bar(loss_start: real) -> bits {
    let scale = real(1) + abs(loss_start);
    return select(MAX_FINITE, magnitude(inputs[1] * scale), scale <= inputs[2]);
}

// Adds up what the places of a tile have, in a few parts at once.
fn gather(lane: u32) {
    if lane >= PARTS {
        return;
    }
    var loss = vec2<real>(real(0), real(0));
    var right = real(0);
    var right_of_test = real(0);
    for (var place = lane; place < ROWS; place += PARTS) {
        loss = accumulated(loss, sums[place] + sums[ROWS + place]);
        right += sums[2u * ROWS + place];
        right_of_test += sums[3u * ROWS + place];
    }
    parts[lane] = vec4<real>(loss, right, right_of_test);
}

// A sum and its low part, and one more number.
fn accumulated(sum: vec2<real>, value: real) -> vec2<real> {
    let increment = sum.y + value;
    let hi = sum.x + increment;
    return vec2<real>(hi, increment - (opaque(hi) - sum.x));
}

fn count(which: u32) -> u32 {
    var sum = real(0);
    for (var at = 0u; at < PARTS; at++) {
        sum += parts[at][which];
    }
    return u32(sum);
}

// Mean of the loss over all rows.
fn mean_loss() -> real {
    var sum = vec2<real>(real(0), real(0));
    for (var at = 0u; at < PARTS; at++) {
        sum = accumulated(sum, parts[at].x + parts[at].y);
    }
    return (sum.x + sum.y) / (real(TRAIN_ROWS) * inputs[3]);
}

// Adds a number to a slot and its low part.
fn add_to(slot: u32, value: real) {
    let sum = accumulated(vec2<real>(state[slot], state[slot + 1u]), value);
    state[slot] = sum.x;
    state[slot + 1u] = sum.y;
}

fn measure(results: u32, relative: real) {
    let highest = real(HIGHEST);
    let value = select(highest, relative, magnitude(relative) <= magnitude(highest));
    add_to(results + 13u, value);
    add_to(results + 15u, real(1) / max(value, real(1) / highest));
    state[results + 17u + now.seen % LAST_KEPT] = value;
    now.seen += 1u;
}

// Adds a judged loss to a window. Twin of `Window` in src/sweep/trend.rs.
fn add_to_window(slot: u32, begins: bool, loss: real) {
    if begins {
        state[slot] = loss;
        state[slot + 1u] = loss;
        state[slot + 2u] = loss;
        state[slot + 3u] = real(0);
        state[slot + 4u] = real(0);
        return;
    }
    let apart = loss - state[slot + 2u];
    if loss < state[slot] {
        state[slot] = loss;
    }
    if loss > state[slot + 1u] {
        state[slot + 1u] = loss;
    }
    state[slot + 3u] = state[slot + 3u] + apart;
    state[slot + 4u] = state[slot + 4u] + opaque(apart * apart);
}

// Adds a judged loss to the windows that its step is in. Twin of `Windows`, likewise.
fn note_windows(results: u32, loss: real) {
    let last = (STEPS + now.period - 1u) / now.period;
    let at = select(now.step / now.period, last, now.step == STEPS);
    let width = clamp(last / select(4u, 8u, FULL != 0u), 1u, 1024u);
    let middle = last / 2u;
    let first = max(middle + 1u, width) - width;
    let second = last + 1u - width;
    if (at >= first) & (at <= middle) {
        add_to_window(results + 3u, at == first, loss);
    }
    if at >= second {
        add_to_window(results + 8u, at == second, loss);
    }
}

// By the first invocation, after all have found their largest slopes.
fn decide() {
    let results = training * SLOTS;
    let due = is_due();
    let loss = mean_loss();
    let size = select(magnitude(loss), MAX_FINITE + bits(1), now.infinite != 0u);
    let finite = size <= MAX_FINITE;
    if (now.step == 0u) & finite {
        state[results] = loss;
        now.known = 1u;
    }
    if due {
        var bar = MAX_FINITE;
        if now.known != 0u {
            bar = divergence_bar(state[results]);
        }
        if size > bar {
            now.verdict = DIVERGED;
            if finite {
                // The last finite loss is what is reported.
                keep = 1u;
                now.correct = count(2u);
                state[results + 1u] = loss;
            }
            return;
        }
    }
    let right = count(2u);
    let right_of_test = count(3u);
    if is_recorded() & finite {
        let record = HISTORY * job.trainings + training * (COLUMNS * RECORDS) + now.step / max(EVERY, 1u);
        state[record] = loss;
        if COLUMNS > 1u {
            state[record + RECORDS] = real(right);
        }
        if COLUMNS > 2u {
            state[record + 2u * RECORDS] = real(right_of_test);
        }
    }
    if !due {
        return;
    }
    keep = 1u;
    now.correct = right;
    state[results + 1u] = loss;
    if (now.step == 0u) || !(state[results + 2u] <= loss) {
        state[results + 2u] = loss;
    }
    note_windows(results, loss);
    if (MEASURED != 0u) & (now.step < STEPS) {
        measure(results, loss / state[results]);
    }
    var steepest = real(0);
    if READS_GRADIENT != 0u {
        for (var at = 0u; at < WORKGROUP; at++) {
            if magnitude(peaks[at]) > magnitude(steepest) {
                steepest = peaks[at];
            }
        }
    }
    let accuracies = vec2<f32>(f32(right) / f32(TRAIN_ROWS), f32(right_of_test) / f32(max(TEST_ROWS, 1u)));
    if arrived(loss, real(accuracies.x), real(accuracies.y), steepest) {
        now.verdict = CONVERGED;
    } else if now.step == STEPS {
        now.verdict = OUT_OF_STEPS;
    }
}

fn judge(lane: u32) {
    if READS_GRADIENT != 0u {
        var steepest = real(0);
        for (var i = lane; i < PARAMETERS; i += WORKGROUP) {
            let size = abs(slope(i));
            if magnitude(size) > magnitude(steepest) {
                steepest = size;
            }
        }
        peaks[lane] = steepest;
    }
    gather(lane);
    synchronise();
    if lane == 0u {
        keep = 0u;
        decide();
    }
    synchronise();
    if keep != 0u {
        store_good(lane);
    }
}

// What must be known before a part begins. By the first invocation.
fn prepare() {
    let looks_back = (FULL != 0u) | ((READS_GRADIENT != 0u) & is_due());
    back = u32((now.phase == BATCH) | ((now.phase == LOOK) & looks_back));
}

// Goes on to the first part of a step.
fn begin_step() {
    now.phase = select(BATCH, LOOK, is_due() || is_recorded());
}

// Ends a training; what remains is to look at the test rows.
fn finish() {
    now.position = 0u;
    now.phase = CLOSE;
    if (TESTED == 0u) | (now.known == 0u) {
        now.code = now.verdict;
    }
}

fn next_tile(rows: u32, then: u32) {
    now.position += 1u;
    if now.position * ROWS >= rows {
        now.position = 0u;
        now.phase = then;
    }
}

// Test rows that were right, once in a training.
fn tested() -> u32 {
    var sum = real(0);
    for (var place = 0u; place < ROWS; place++) {
        sum += sums[3u * ROWS + place];
    }
    return u32(sum);
}

// What follows the part that was made. By the first invocation.
fn go_on() {
    var spent = select(TILE_TURNS, TILE_AND_BACK_TURNS, back != 0u);
    switch now.phase {
        case LOOK: {
            if now.position == 0u {
                now.infinite = 0u;
            }
            now.infinite = now.infinite | atomicLoad(&infinite);
            atomicStore(&infinite, 0u);
            let tries = (is_recorded() & (COLUMNS > 2u)) | (is_due() & (STOP_READS_TEST != 0u));
            next_tile(TRAIN_ROWS, select(JUDGE, TRY, tries));
        }
        case TRY: {
            next_tile(TEST_ROWS, JUDGE);
        }
        case JUDGE: {
            spent = JUDGE_TURNS;
            if now.verdict == RUNNING {
                now.phase = select(BATCH, UPDATE, FULL != 0u);
            } else {
                finish();
            }
        }
        case BATCH: {
            atomicStore(&infinite, 0u);
            next_tile(now.batch, UPDATE);
        }
        case UPDATE: {
            spent = UPDATE_TURNS;
            now.step += 1u;
            begin_step();
            if atomicLoad(&limit_passed) != 0u {
                now.verdict = DIVERGED;
                finish();
            }
        }
        default: {
            next_tile(TEST_ROWS, CLOSE);
            if now.position == 0u {
                now.tested = tested();
                now.code = now.verdict;
            }
        }
    }
    left -= min(left, spent);
    prepare();
}

@compute @workgroup_size(WORKGROUP)
fn train(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let which = group.y * job.groups_x + group.x;
    if which >= job.trainings {
        return;
    }
    training = which;
    origin = HISTORY * job.trainings + COLUMNS * RECORDS * job.trainings + which * STRIDE;
    if lane == 0u {
        now = marks.trainings[which];
        left = job.budget;
        atomicStore(&limit_passed, 0u);
        atomicStore(&infinite, 0u);
    }
    synchronise();
    let begins = now.code == NEVER_WRITTEN;
    if !(begins | (now.code == RUNNING)) | (now.open != 0u) {
        return;
    }
    synchronise();
    let first_step = now.step;
    fetch(lane);
    for (var at = lane; at < SUMS_SIZE; at += WORKGROUP) {
        sums[at] = state[origin + FIRST_SUM + at];
    }
    synchronise();
    for (var i = lane; begins & (i < PARAMETERS); i += WORKGROUP) {
        if magnitude(weight(i)) > PARAMETER_LIMIT {
            atomicStore(&limit_passed, 1u);
        }
    }
    synchronise();
    if lane == 0u {
        marks.trainings[which].open = 1u;
        if begins {
            now.code = RUNNING;
            now.verdict = RUNNING;
            now.phase = LOOK;
            if atomicLoad(&limit_passed) != 0u {
                now.verdict = DIVERGED;
                finish();
            }
        }
        prepare();
    }
    synchronise();
    // At least one part, whatever the budget.
    loop {
        if (now.code != RUNNING) | (left == 0u) {
            break;
        }
        if now.phase == JUDGE {
            judge(lane);
        } else if now.phase == UPDATE {
            update(lane);
        } else {
            tile(lane);
        }
        publish();
        if lane == 0u {
            go_on();
        }
        synchronise();
    }
    give_back(lane);
    for (var at = lane; at < SUMS_SIZE; at += WORKGROUP) {
        state[origin + FIRST_SUM + at] = sums[at];
    }
    synchronise();
    if lane == 0u {
        // A step that is not made counts as made once the training has ended.
        let ended = now.code != RUNNING;
        atomicAdd(&marks.advanced, select(now.step, STEPS + 1u, ended) - first_step);
        atomicAdd(&marks.running, u32(!ended));
        now.open = 0u;
        marks.trainings[which] = now;
    }
}
