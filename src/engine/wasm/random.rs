//! What is drawn: the rows of a step's batch, one for all descents of a group, and a rule's noise, of every descent its own.
//! Twin of `problem/random.rs`, word for word.

use super::layout::{Layout, PARTS};
use super::packed::Packed;
use super::writer::{Code, Local, STEP, Writer, Written};
use crate::expr::{Node, NodeId};
use crate::problem::random::{FEISTEL_ROUNDS, FEWEST_BITS, GOLDEN, MIXERS, PARITY, ROTATIONS, STREAMS, Stream};
use crate::sweep::{BatchPlan, Input};
use wasm_encoder::{BlockType, ValType};

/// Words of 32 bits: one, or as many as a vector has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    One,
    Vector,
}

impl Words {
    fn constant(self, code: &mut Code, value: u32) {
        code.out().i32_const(value.cast_signed());
        if self == Self::Vector {
            code.out().i32x4_splat();
        }
    }

    fn add(self, code: &mut Code) {
        let mut out = code.out();
        if self == Self::One {
            out.i32_add()
        } else {
            out.i32x4_add()
        };
    }

    fn xor(self, code: &mut Code) {
        let mut out = code.out();
        if self == Self::One {
            out.i32_xor()
        } else {
            out.v128_xor()
        };
    }

    fn rotate(self, code: &mut Code, word: Local, by: u32) {
        code.out().local_get(word).i32_const(by.cast_signed());
        if self == Self::One {
            code.out().i32_rotl();
            return;
        }
        code.out().i32x4_shl().local_get(word).i32_const((u32::BITS - by).cast_signed()).i32x4_shr_u().v128_or();
    }

    /// What is on the stack, in a local of its own.
    fn kept(self, code: &mut Code) -> Local {
        let local = code.locals(1, if self == Self::One { ValType::I32 } else { ValType::V128 });
        code.out().local_set(local);
        local
    }

    /// Threefry-2x32 with 20 rounds: the two words of a counter.
    fn threefry(self, code: &mut Code, key: [Local; 2], counter: [Local; 2]) -> [Local; 2] {
        self.constant(code, PARITY);
        for word in key {
            code.out().local_get(word);
            self.xor(code);
        }
        let keys = [key[0], key[1], self.kept(code)];
        let [x, y] = [0, 1].map(|at| {
            code.out().local_get(counter[at]).local_get(keys[at]);
            self.add(code);
            self.kept(code)
        });
        for injection in 1..=5 {
            for rotation in ROTATIONS[(injection - 1) % 2] {
                code.out().local_get(x).local_get(y);
                self.add(code);
                code.out().local_set(x);
                self.rotate(code, y, rotation);
                code.out().local_get(x);
                self.xor(code);
                code.out().local_set(y);
            }
            for (word, which, more) in [(x, injection, 0), (y, injection + 1, injection as u32)] {
                code.out().local_get(word).local_get(keys[which % 3]);
                self.add(code);
                self.constant(code, more);
                self.add(code);
                code.out().local_set(word);
            }
        }
        [x, y]
    }
}

/// A function of a step and a place in its batch: the row there.
pub fn row(packed: Packed, plan: BatchPlan, layout: &Layout) -> Written {
    const SLOT: Local = 1;
    let mut code = Code::new(packed, 2);
    let rows = plan.rows.cast_signed();
    if plan.seed.is_none() {
        code.out().local_get(STEP).i32_const(rows).i32_rem_u();
        return code.finish();
    }
    let one = Words::One;
    code.out().i32_const(0).i32_load(Layout::word(layout.seed));
    let seed = one.kept(&mut code);
    let stream = if plan.shuffled { Stream::Pass } else { Stream::Batch };
    one.constant(&mut code, stream as u32);
    let key = [seed, one.kept(&mut code)];
    if !plan.shuffled {
        let [x, _] = one.threefry(&mut code, key, [STEP, SLOT]);
        code.out().local_get(x).i32_const(rows).i32_rem_u();
        return code.finish();
    }
    let period = plan.period.cast_signed();
    code.out().local_get(STEP).i32_const(period).i32_div_u();
    let pass = one.kept(&mut code);
    one.constant(&mut code, 0);
    let counter = [pass, one.kept(&mut code)];
    let keys = one.threefry(&mut code, key, counter);
    let size = plan.size.cast_signed();
    code.out().local_get(STEP).i32_const(period).i32_rem_u().i32_const(size).i32_mul();
    code.out().local_get(SLOT).i32_add().i32_const(rows).i32_rem_u();
    let row = one.kept(&mut code);
    code.out().loop_(BlockType::Empty);
    feistel(&mut code, row, keys, (33 - (plan.rows - 1).leading_zeros()).max(FEWEST_BITS) / 2);
    code.out().local_get(row).i32_const(rows).i32_ge_u().br_if(0).end().local_get(row);
    code.finish()
}

/// Another number in place of one of `2·half` bits.
fn feistel(code: &mut Code, number: Local, keys: [Local; 2], half: u32) {
    let mask = (1 << half) - 1;
    let half = half.cast_signed();
    code.out().local_get(number).i32_const(half).i32_shr_u();
    let mut left = Words::One.kept(code);
    code.out().local_get(number).i32_const(mask).i32_and();
    let mut right = Words::One.kept(code);
    for round in 0..FEISTEL_ROUNDS {
        code.out().local_get(right).local_get(keys[(round % 2) as usize]).i32_add();
        code.out().i32_const(round.wrapping_mul(GOLDEN).cast_signed()).i32_add();
        mixed(code);
        // The sides change places: what was the right one is not written to.
        code.out().i32_const(mask).i32_and().local_get(left).i32_xor().local_set(left);
        (left, right) = (right, left);
    }
    code.out().local_get(left).i32_const(half).i32_shl().local_get(right).i32_or().local_set(number);
}

/// A word of which every bit depends on all bits of the one on the stack.
fn mixed(code: &mut Code) {
    let word = code.locals(1, ValType::I32);
    for (shift, factor) in MIXERS {
        code.out().local_tee(word).local_get(word).i32_const(shift.cast_signed()).i32_shr_u().i32_xor();
        if let Some(factor) = factor {
            code.out().i32_const(u32::cast_signed(factor)).i32_mul();
        }
    }
}

/// Of a parameter's noise: its number, and of every part the two words that are drawn for the cell.
pub struct Noise {
    parameter: u32,
    of_cell: [[Local; 2]; PARTS],
}

impl Writer<'_> {
    /// Draws what is the same in all steps.
    pub fn noise(&mut self) -> Vec<Noise> {
        let mut parameters: Vec<u32> = self.drawn().into_iter().map(|(_, parameter, _)| parameter).collect();
        parameters.sort_unstable();
        parameters.dedup();
        parameters.into_iter().map(|parameter| Noise { parameter, of_cell: self.of_cell(parameter) }).collect()
    }

    fn of_cell(&mut self, parameter: u32) -> [[Local; 2]; PARTS] {
        let vector = Words::Vector;
        let seed = Layout::word(self.layout.seed);
        self.out().i32_const(0).i32_load(seed).i32x4_splat();
        let seed = vector.kept(&mut self.code);
        vector.constant(&mut self.code, Stream::Noise as u32 + STREAMS * parameter);
        let key = [seed, vector.kept(&mut self.code)];
        std::array::from_fn(|part| {
            let cell = self.layout.cell.map(|slot| {
                self.load(slot, part);
                vector.kept(&mut self.code)
            });
            vector.threefry(&mut self.code, key, cell)
        })
    }

    /// Draws the numbers of a step.
    pub fn draw(&mut self, noise: &[Noise]) {
        for (id, parameter, half) in self.drawn() {
            let of_cell = noise.iter().find(|noise| noise.parameter == parameter).map(|noise| noise.of_cell);
            let first = self.take(id);
            let vector = Words::Vector;
            self.out().local_get(STEP).i32x4_splat();
            let step = vector.kept(&mut self.code);
            vector.constant(&mut self.code, half);
            let counter = [step, vector.kept(&mut self.code)];
            for (part, key) in of_cell.into_iter().flatten().enumerate() {
                let words = vector.threefry(&mut self.code, key, counter);
                self.fraction(words);
                self.set(first + part as Local);
            }
        }
    }

    /// Inputs of the graph that are drawn, with their parameter and half.
    fn drawn(&self) -> Vec<(NodeId, u32, u32)> {
        let (graph, needed) = (&self.program.graph, self.program.needed());
        let nodes = graph.nodes().iter().enumerate().filter(|(at, _)| needed[*at]);
        let drawn = nodes.filter_map(|(at, node)| match node {
            Node::Input(number) => match self.program.inputs[*number as usize] {
                Input::Drawn { parameter, half } => Some((graph.id_at(at), parameter, half)),
                _ => None,
            },
            _ => None,
        });
        drawn.collect()
    }

    /// Pushes two words as a number in [0, 1): 24 bits of the first, or 53 of both.
    fn fraction(&mut self, [high, low]: [Local; 2]) {
        let packed = self.packed;
        self.out().local_get(high);
        if !packed.wide {
            self.out().i32_const(8).i32x4_shr_u().f32x4_convert_i32x4_u();
            self.out().v128_const(packed.constant(1.0 / f64::from(1 << 24)));
            packed.mul(&mut self.out());
            return;
        }
        // The words are the lower halves of lanes.
        packed.left(self.out().i32_const(32));
        self.out().local_get(low).v128_const(packed.word(u32::MAX.into())).v128_and().v128_or();
        packed.right(self.out().i32_const(11));
        let bits = self.code.kept();
        // No instruction makes numbers of words of 64 bits: each half is put behind a power of two that is taken away again.
        let (of_high, of_low) = (2_f64.powi(84), 2_f64.powi(52));
        self.code.push_value(bits);
        packed.right(self.out().i32_const(32));
        self.out().v128_const(packed.constant(of_high)).v128_or();
        self.out().v128_const(packed.constant(of_high + of_low));
        packed.sub(&mut self.out());
        self.code.push_value(bits);
        self.out().v128_const(packed.word(u32::MAX.into())).v128_and();
        self.out().v128_const(packed.constant(of_low)).v128_or();
        packed.add(&mut self.out());
        self.out().v128_const(packed.constant(2_f64.powi(-53)));
        packed.mul(&mut self.out());
    }
}
