//! How a training is laid out in a workgroup, and what its parts cost: pure functions of the network and the adapter.

use crate::problem::{Layer, Network};

/// What an adapter has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Memory of one workgroup (bytes).
    pub workgroup: usize,
    /// Most turns of all loops of one invocation in one dispatch.
    pub turns: u32,
    /// Invocations that a small network's workgroup has at least.
    pub lanes: usize,
}

/// What a training needs to know of its sweep, besides the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Most rows of a step.
    pub batch: usize,
    /// Bytes of one number.
    pub bytes: usize,
    /// Numbers that the rule carries per parameter, the parameter among them.
    pub carried: usize,
    /// Whether the weights of the last judged step are kept.
    pub good: bool,
}

/// Numbers of a product's result that one invocation makes at once: each operand is loaded once for a row or column of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub rows: usize,
    pub columns: usize,
}

/// Blocks of the three products of a layer: its outputs, its weights' slopes, and the slopes below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerPlan {
    pub layer: Layer,
    /// First number of its outputs among those of all layers, for one tile of rows.
    pub outputs_at: usize,
    pub forward: Block,
    pub slopes: Block,
    pub below: Block,
}

/// Turns of loops that one invocation makes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// One tile of rows through the network, and with the way back.
    pub tile: u32,
    pub tile_and_back: u32,
    pub update: u32,
    pub judge: u32,
    /// Into and out of a dispatch.
    pub overhead: u32,
}

impl Cost {
    /// The largest part of a training, which is not cut.
    pub fn largest(&self) -> u32 {
        self.tile_and_back.max(self.update).max(self.judge)
    }
}

/// A training in a workgroup.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelPlan {
    /// Invocations of a workgroup.
    pub lanes: usize,
    /// Rows that go through at once.
    pub rows: usize,
    /// Inputs of these rows that are in workgroup memory at once.
    pub chunk: usize,
    pub layers: Vec<LayerPlan>,
    pub parameters: usize,
    /// Lists of one number per parameter: what is carried, the gradient, the weights of the last judged step.
    pub lists: usize,
    /// How many of these, from [`KernelPlan::order`], are in workgroup memory during a dispatch.
    pub resident: usize,
    pub cost: Cost,
    /// Turns that a dispatch may be asked for: what it has begun it ends, and it never makes more than there is room for.
    pub budget: u32,
}

/// Lists of partial sums, one number per row of a tile: loss, its low part, rows that are right, test rows that are.
pub const SUMS: usize = 4;
/// Most inputs of a row in workgroup memory at once; and all of them, where there are no more than this.
const CHUNK: usize = 32;
const WHOLE: usize = 64;
/// Workgroup memory that is used gladly: several workgroups then share a core.
const GLADLY: usize = 24 << 10;
/// Control and what else is small (bytes).
const SMALL: usize = 512;
/// Turns of an inner loop that are written out.
pub const UNROLLED: usize = 4;

impl KernelPlan {
    /// The plan of a training.
    ///
    /// # Errors
    /// What does not fit, with its size and the way out.
    pub fn new(network: &Network, needs: &Needs, room: &Room) -> Result<Self, String> {
        let first = lanes(&network.layers(), needs.batch, room);
        let sizes = [8, 16, 32, 64, 128, 256].into_iter().filter(|lanes| *lanes >= first);
        // More invocations make fewer turns each: a part of a training should leave room for others.
        let mut plans = sizes.map(|lanes| Self::of_lanes(lanes, network, needs, room));
        let mut plan = plans.next().unwrap_or_else(|| Self::of_lanes(256, network, needs, room))?;
        for larger in plans {
            if plan.least() <= room.turns / 2 {
                break;
            }
            plan = larger?;
        }
        if plan.least() >= room.turns {
            return Err(format!(
                "--net: {} rows through this network are {} turns of a loop, and a dispatch here has room for {}; \
                 use --engine cpu, or smaller layers",
                plan.rows,
                plan.least(),
                room.turns
            ));
        }
        plan.budget = room.turns - plan.least();
        Ok(plan)
    }

    /// Turns of the shortest dispatch.
    fn least(&self) -> u32 {
        self.cost.largest().saturating_add(self.cost.overhead)
    }

    /// The plan for `lanes` invocations, without a budget.
    fn of_lanes(lanes: usize, network: &Network, needs: &Needs, room: &Room) -> Result<Self, String> {
        let layers = network.layers();
        let chunk = chunk(network.inputs());
        let outputs: usize = layers.iter().map(|layer| layer.outputs).sum();
        let fits = |rows: usize, limit: usize| memory(rows, lanes, chunk, outputs, needs.bytes) <= limit;
        let sizes = [64, 56, 48, 40, 32, 24, 16, 12, 8, 4, 2, 1];
        let largest = sizes.iter().find(|rows| fits(**rows, GLADLY.min(room.workgroup)));
        let largest = largest.or_else(|| sizes.iter().find(|rows| fits(**rows, room.workgroup)));
        let Some(largest) = largest.copied() else {
            return Err(format!(
                "--net: the outputs of one row through this network are {} bytes, and a workgroup here has {} for all; \
                 use --engine cpu, or smaller layers",
                outputs * needs.bytes,
                room.workgroup
            ));
        };
        let tiles = needs.batch.div_ceil(largest).max(1);
        let rows = needs.batch.div_ceil(tiles).next_multiple_of(4.min(largest)).clamp(1, largest);
        let parameters = network.parameters();
        let lists = needs.carried + 1 + usize::from(needs.good);
        let left = room.workgroup - memory(rows, lanes, chunk, outputs, needs.bytes);
        // Weights and gradient together or not at all; the weights of the last judged step are seldom touched.
        let fit = (left / (needs.bytes * parameters)).min(needs.carried + 1);
        let resident = if fit < 2 { 0 } else { fit };
        let layers = planned(&layers, rows, chunk, lanes);
        let cost = cost(&layers, rows, chunk, lanes, parameters, resident);
        Ok(Self { lanes, rows, chunk, layers, parameters, lists, resident, cost, budget: 0 })
    }

    /// The lists, in the order in which they move into workgroup memory: weights, gradient, what else is carried.
    pub fn order(&self, carried: usize) -> Vec<usize> {
        [0, carried].into_iter().chain(1..carried).collect()
    }

    /// Numbers of a training in storage: its lists and partial sums.
    pub fn stride(&self) -> usize {
        self.lists * self.parameters + SUMS * self.rows
    }

    /// Outputs of all layers for one tile of rows.
    pub fn outputs(&self) -> usize {
        self.layers.iter().map(|plan| plan.layer.outputs * self.rows).sum()
    }

    /// Vectors of four inputs between two rows of them in workgroup memory. Lanes that are neighbours mostly read the same.
    pub fn input_stride(&self) -> usize {
        self.chunk.div_ceil(4)
    }

    /// Parts of the inputs.
    pub fn chunks(&self) -> usize {
        self.layers[0].layer.inputs.div_ceil(self.chunk)
    }
}

/// Workgroup memory without weights (bytes).
fn memory(rows: usize, lanes: usize, chunk: usize, outputs: usize, bytes: usize) -> usize {
    let numbers = rows * (chunk.next_multiple_of(4).max(chunk | 1) + outputs + SUMS) + lanes;
    numbers * bytes + rows * 4 + SMALL
}

/// Small products do not feed many invocations. Where fewer than 64 are asked for, barriers are dear and more of them help
/// nobody.
fn lanes(layers: &[Layer], batch: usize, room: &Room) -> usize {
    const PER_LANE: usize = 16;
    if room.lanes < 64 {
        return room.lanes;
    }
    let rows = batch.min(64);
    let products = layers.iter().map(|layer| layer.outputs * rows.max(layer.inputs)).max().unwrap_or(1);
    (products / PER_LANE).next_power_of_two().clamp(room.lanes.min(256), 256)
}

/// A divisor of the inputs where there is one of some size, so that no part has a ragged edge.
fn chunk(inputs: usize) -> usize {
    if inputs <= WHOLE {
        return inputs;
    }
    (CHUNK / 2..=CHUNK).rev().find(|size| inputs.is_multiple_of(*size)).unwrap_or(CHUNK)
}

/// The block that makes a product of `rows` × `columns` in the least time: loads weigh twice as much as arithmetic.
fn block(rows: usize, columns: usize, lanes: usize) -> Block {
    block_of(1, rows, columns, lanes)
}

/// One of whole vectors of four rows, where there are any.
fn block_of_vectors(rows: usize, columns: usize, lanes: usize) -> Block {
    block_of(if rows.is_multiple_of(4) { 4 } else { 1 }, rows, columns, lanes)
}

/// A block whose rows are some times `unit`.
fn block_of(unit: usize, rows: usize, columns: usize, lanes: usize) -> Block {
    // Few invocations would take the largest blocks, which a software driver compiles for seconds.
    let most = if lanes < 64 { 8 } else { 32 };
    let sides = |of: usize| (1..=8).filter(move |side| of.is_multiple_of(*side));
    let down = sides(rows).filter(|side| side.is_multiple_of(unit));
    let blocks = down.flat_map(|rows| sides(columns).map(move |columns| Block { rows, columns }));
    let time = |block: &Block| {
        let rounds = (rows * columns / (block.rows * block.columns)).div_ceil(lanes);
        rounds * (block.rows * block.columns + 2 * (block.rows + block.columns))
    };
    blocks.filter(|block| block.rows * block.columns <= most).min_by_key(time).unwrap_or(Block { rows: 1, columns: 1 })
}

fn planned(layers: &[Layer], rows: usize, chunk: usize, lanes: usize) -> Vec<LayerPlan> {
    let mut outputs_at = 0;
    let plan = |(at, layer): (usize, &Layer)| {
        let inputs = if at == 0 { chunk } else { layer.inputs };
        let plan = LayerPlan {
            layer: *layer,
            outputs_at,
            forward: block(rows, layer.outputs, lanes),
            slopes: if at == 0 {
                block_of_vectors(inputs, layer.outputs, lanes)
            } else {
                block(inputs, layer.outputs, lanes)
            },
            below: block(rows, layer.inputs, lanes),
        };
        outputs_at += rows * layer.outputs;
        plan
    };
    layers.iter().enumerate().map(plan).collect()
}

/// Turns of a product: for each of an invocation's blocks the inner loop, written out a few turns at a time.
fn turns(rows: usize, columns: usize, inner: usize, block: Block, lanes: usize) -> usize {
    (rows / block.rows * (columns / block.columns)).div_ceil(lanes) * (1 + inner.div_ceil(UNROLLED))
}

fn cost(layers: &[LayerPlan], rows: usize, chunk: usize, lanes: usize, parameters: usize, resident: usize) -> Cost {
    let whole = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let (mut tile, mut back) = (0, 0);
    for (at, plan) in layers.iter().enumerate() {
        let Layer { inputs, outputs, .. } = plan.layer;
        let (parts, length) = if at == 0 { (inputs.div_ceil(chunk), chunk) } else { (1, inputs) };
        let staging = if at == 0 { 1 + (rows * chunk).div_ceil(lanes) } else { 0 };
        tile += parts * (staging + turns(rows, outputs, length, plan.forward, lanes));
        back += parts * (staging + turns(length, outputs, rows, plan.slopes, lanes));
        back += outputs.div_ceil(lanes) * (1 + rows);
        if at > 0 {
            back += turns(rows, inputs, outputs, plan.below, lanes);
        }
    }
    // The rows are drawn, and the head goes over their outputs a few times.
    tile += rows.div_ceil(lanes) * (4 * layers.last().map_or(0, |plan| plan.layer.outputs) + 4);
    let list = parameters.div_ceil(lanes) + layers.len();
    Cost {
        tile: whole(tile),
        tile_and_back: whole(tile + back),
        update: whole(list + 1),
        judge: whole(2 * list + rows + lanes + 32),
        overhead: whole((2 * resident + 1) * list + 2 * SUMS * rows + 1),
    }
}
