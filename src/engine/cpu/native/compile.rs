//! Program → machine code over a frame of lanes.
//!
//! The frame is a list of slots; a slot holds one number for each lane: [`Layout::groups`] vectors, whose operations are
//! interleaved so that none waits for its own result. Operations and their order are those of the interpreter, so that
//! every bit is the same.

use super::allocate::{Allocator, Value};
use super::encode::{Assembler, Isa, Operand, Vector, When};
use super::operations::{Arithmetic, LITERALS, Literal, Packed};
use crate::expr::{Binary, Comparison, Node, NodeId, Unary};
use crate::sweep::{Input, Program};

/// Slots of the frame, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub isa: Isa,
    /// Interleaved vectors.
    pub groups: usize,
    /// Bytes of the whole frame.
    pub bytes: usize,
    pub knobs: Vec<usize>,
    pub carried: Vec<usize>,
    pub step_number: usize,
    pub loss: usize,
    pub slopes: Vec<usize>,
    /// The bar on |loss|; the tolerance on slopes.
    pub bar: usize,
    pub gtol: usize,
    /// Where a lane has come to an end: bits that are not zero.
    pub ended: usize,
    pub literals: usize,
    /// Constants of the program, in its order.
    pub constants: usize,
    /// Slots that belong to a lane and move with it.
    pub of_lanes: usize,
}

impl Layout {
    /// A frame without slots of its own.
    pub fn plain(isa: Isa, bytes: usize) -> Self {
        Self {
            isa,
            groups: 1,
            bytes,
            knobs: Vec::new(),
            carried: Vec::new(),
            step_number: 0,
            loss: 0,
            slopes: Vec::new(),
            bar: 0,
            gtol: 0,
            ended: 0,
            literals: 0,
            constants: 0,
            of_lanes: 0,
        }
    }
}

/// Machine code with its frame.
pub struct Code {
    pub bytes: Vec<u8>,
    /// Where the function that prepares what depends on knobs alone begins; the step function begins at 0.
    pub setup: usize,
    pub layout: Layout,
}

/// Whether all operations of a program have instructions.
pub fn is_supported(program: &Program) -> bool {
    let needed = program.needed();
    let nodes = program.graph.nodes().iter().zip(needed).filter(|(_, needed)| *needed);
    nodes.into_iter().all(|(node, _)| match node {
        Node::Unary(op, _) => matches!(op, Unary::Neg | Unary::Abs | Unary::Sign | Unary::Sqrt | Unary::Floor),
        Node::Binary(op, ..) => *op != Binary::Pow,
        Node::Constant(_) | Node::Input(_) | Node::Compare(..) | Node::Select(..) => true,
        Node::Column(_) | Node::Sum(..) => false,
    })
}

/// Compiles a program that [`is_supported`]: four interleaved vectors where their values fit the registers, else two, whose
/// values may go to memory and back: that costs less than waiting for one vector's results does. What all lanes share
/// stays in registers as long as nothing else has to leave for it.
pub fn compile(program: &Program, isa: Isa) -> Code {
    let with = |groups: usize, pins: usize| Compiler::new(program, isa, groups, pins).run();
    let (groups, least) = match with(4, 0) {
        (_, 0) => (4, 0),
        _ => (2, with(2, 0).1),
    };
    let mut pins = 0;
    while pins < MAX_PINS && with(groups, pins + 1).1 == least {
        pins += 1;
    }
    with(groups, pins).0
}

/// Registers that may be kept for what all lanes share.
const MAX_PINS: usize = 12;

struct Compiler<'a> {
    program: &'a Program,
    packed: Packed,
    layout: Layout,
    out: Assembler,
    allocator: Allocator,
    setup: Vec<NodeId>,
    judge: Vec<NodeId>,
    advance: Vec<NodeId>,
    time: usize,
    /// Slots that are the same in all lanes and stay in a register: the first of them in the last register.
    pins: Vec<usize>,
}

impl<'a> Compiler<'a> {
    fn new(program: &'a Program, isa: Isa, groups: usize, pins: usize) -> Self {
        let (setup, judge, advance) = phases(program);
        let carried = program.carried.len();
        let mut next = 0;
        let mut take = |count: usize| {
            next += count;
            next - count
        };
        let list = |first: usize, count: usize| (first..first + count).collect::<Vec<usize>>();
        let knobs = list(take(program.knobs.len()), program.knobs.len());
        let carried = list(take(carried), carried);
        let (step_number, bar) = (take(1), take(1));
        let prepared = take(setup.len());
        let of_lanes = prepared + setup.len();
        let loss = take(1);
        let slopes = list(take(program.slopes.len()), program.slopes.len());
        let (ended, gtol) = (take(1), take(1));
        let literals = take(LITERALS.len());
        let constants = take(program.constants.len());
        let first_spill = take(0);
        let layout = Layout {
            isa,
            groups,
            bytes: 0,
            knobs,
            carried,
            step_number,
            loss,
            slopes,
            bar,
            gtol,
            ended,
            literals,
            constants,
            of_lanes,
        };
        let values = program.graph.nodes().len() * groups;
        let spill = (first_spill * groups * isa.bytes()) as i32;
        let allocator = Allocator::new(isa.registers(), values, isa.bytes(), spill);
        let packed = Packed::new(isa, program.precision.is_wide());
        let out = Assembler::new(isa);
        let pinned = [layout.literals + MAGNITUDE, layout.gtol];
        let constants = layout.constants..layout.constants + program.constants.len();
        let pins: Vec<usize> = pinned.into_iter().chain(constants).take(pins).collect();
        let mut compiler = Self { program, packed, layout, out, allocator, setup, judge, advance, time: 0, pins };
        compiler.place_sources(prepared);
        compiler.pin();
        compiler
    }

    /// Loads what stays in registers, before the loop begins.
    fn pin(&mut self) {
        for slot in self.pins.clone() {
            let Some(register) = self.pinned(slot) else { continue };
            let at = self.at(slot, 0);
            self.out.load(register, Operand::Memory(at));
            self.allocator.pin(register);
            let constant =
                slot.checked_sub(self.layout.constants).and_then(|at| self.program.constants.get(at).copied());
            for group in (0..self.layout.groups).filter(|_| constant.is_some()) {
                let value = constant.map_or(0, |id| self.value(id, group));
                self.allocator.in_pinned(value, register);
            }
        }
    }

    /// The register that keeps a slot.
    fn pinned(&self, slot: usize) -> Option<Vector> {
        let at = self.pins.iter().position(|pinned| *pinned == slot)?;
        Some(self.layout.isa.registers() - 1 - at as Vector)
    }

    /// A slot as the last source of an instruction.
    fn slot(&self, slot: usize, group: usize) -> Operand {
        self.pinned(slot).map_or_else(|| Operand::Memory(self.at(slot, group)), Operand::Register)
    }

    /// Machine code, and how many values did not fit the registers.
    fn run(mut self) -> (Code, usize) {
        self.note_uses();
        let begin = self.out.code.len();
        let judge = self.judge.clone();
        for id in judge {
            self.operation(id);
        }
        let ended = self.test_ended();
        let at_branch = self.judged_places();
        self.finish_time();
        self.out.test_count();
        let out_of_steps = self.out.jump(When::Zero);
        let advance = self.advance.clone();
        for id in advance {
            self.operation(id);
        }
        self.store_next();
        self.out.count_down();
        let again = self.out.jump(When::Always);
        self.out.land(again, begin);
        let leave = self.out.code.len();
        self.out.land(ended, leave);
        self.out.land(out_of_steps, leave);
        self.leave(&at_branch);
        let (bytes, spills) = (self.allocator.frame_bytes(), self.allocator.spills);
        let setup = self.out.code.len();
        let bytes = self.prepare(bytes);
        self.layout.bytes = bytes as usize;
        (Code { bytes: self.out.code, setup, layout: self.layout }, spills)
    }

    fn at(&self, slot: usize, group: usize) -> i32 {
        ((slot * self.layout.groups + group) * self.layout.isa.bytes()) as i32
    }

    fn value(&self, id: NodeId, group: usize) -> Value {
        id.index() * self.layout.groups + group
    }

    /// Inputs, constants and what is prepared are in the frame from the beginning.
    fn place_sources(&mut self, prepared: usize) {
        let mut slots: Vec<(NodeId, usize)> = Vec::new();
        for at in 0..self.program.graph.nodes().len() {
            let id = self.program.graph.id_at(at);
            if let Node::Input(number) = self.program.graph.node(id) {
                slots.push((
                    id,
                    match self.program.inputs[number as usize] {
                        Input::Knob(knob) => self.layout.knobs[knob],
                        Input::Carried(carried) => self.layout.carried[carried],
                        Input::StepNumber => self.layout.step_number,
                    },
                ));
            }
        }
        slots.extend(self.program.constants.iter().enumerate().map(|(at, id)| (*id, self.layout.constants + at)));
        slots.extend(self.setup.iter().enumerate().map(|(at, id)| (*id, prepared + at)));
        for (id, slot) in slots {
            for group in 0..self.layout.groups {
                let (value, at) = (self.value(id, group), self.at(slot, group));
                self.allocator.in_memory(value, at);
            }
        }
    }

    /// Tells the allocator when everything will be read: operations one after the other, the test, the stores.
    fn note_uses(&mut self) {
        let mut time = 0;
        for id in self.judge.clone() {
            self.note_children(id, time);
            time += 1;
        }
        self.note(&self.program.judged(), time);
        time += 1;
        for id in self.advance.clone() {
            self.note_children(id, time);
            time += 1;
        }
        let next: Vec<NodeId> = self.program.carried.iter().map(|carried| carried.next).collect();
        self.note(&next, time);
    }

    fn note_children(&mut self, id: NodeId, time: usize) {
        let children: Vec<NodeId> = self.program.graph.node(id).children().collect();
        self.note(&children, time);
    }

    fn note(&mut self, ids: &[NodeId], time: usize) {
        for id in ids {
            for group in 0..self.layout.groups {
                let value = self.value(*id, group);
                self.allocator.will_use(value, time);
            }
        }
    }

    fn finish_time(&mut self) {
        self.allocator.finish(self.time);
        self.time += 1;
    }

    /// One operation, for every group.
    fn operation(&mut self, id: NodeId) {
        for group in 0..self.layout.groups {
            let register = self.instructions(id, group);
            let value = self.value(id, group);
            self.allocator.hold(value, register);
            self.allocator.unlock();
        }
        self.finish_time();
    }

    fn register(&mut self, id: NodeId, group: usize) -> Vector {
        let value = self.value(id, group);
        self.allocator.register(&mut self.out, value)
    }

    fn operand(&mut self, id: NodeId, group: usize) -> Operand {
        let value = self.value(id, group);
        self.allocator.operand(&mut self.out, value)
    }

    fn literal(&self, literal: Literal, group: usize) -> Operand {
        let at = LITERALS.iter().position(|known| *known == literal).unwrap_or(0);
        self.slot(self.layout.literals + at, group)
    }

    /// The instructions of an operation; returns the register of its result.
    fn instructions(&mut self, id: NodeId, group: usize) -> Vector {
        let packed = self.packed;
        match self.program.graph.node(id) {
            Node::Unary(op, a) => self.unary(op, a, group),
            Node::Binary(op, a, b) => {
                let a = self.register(a, group);
                match op {
                    Binary::Min | Binary::Max => {
                        let b = self.register(b, group);
                        self.picked(op, a, b)
                    }
                    _ => {
                        let b = self.operand(b, group);
                        let to = self.allocator.take(&mut self.out);
                        packed.arithmetic(&mut self.out, arithmetic(op), to, a, b);
                        to
                    }
                }
            }
            Node::Compare(op, a, b) => {
                let a = self.register(a, group);
                let b = self.operand(b, group);
                let to = self.allocator.take(&mut self.out);
                packed.compare(&mut self.out, op, to, a, b);
                to
            }
            Node::Select(condition, a, b) => {
                let condition = self.register(condition, group);
                let b = self.register(b, group);
                let a = self.operand(a, group);
                let to = self.allocator.take(&mut self.out);
                packed.select(&mut self.out, to, condition, a, b);
                to
            }
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) => {
                unreachable!("sources are no operations, and loops are not supported")
            }
        }
    }

    fn unary(&mut self, op: Unary, a: NodeId, group: usize) -> Vector {
        let packed = self.packed;
        if matches!(op, Unary::Sqrt | Unary::Floor) {
            let a = self.operand(a, group);
            let to = self.allocator.take(&mut self.out);
            if op == Unary::Sqrt {
                packed.arithmetic(&mut self.out, Arithmetic::Sqrt, to, 0, a);
            } else {
                packed.floor(&mut self.out, to, a);
            }
            return to;
        }
        let a = self.register(a, group);
        let to = self.allocator.take(&mut self.out);
        let (sign, magnitude) = (self.literal(Literal::Sign, group), self.literal(Literal::Magnitude, group));
        match op {
            Unary::Neg => packed.arithmetic(&mut self.out, Arithmetic::Xor, to, a, sign),
            Unary::Abs => packed.arithmetic(&mut self.out, Arithmetic::And, to, a, magnitude),
            _ => self.sign(to, a, group),
        }
        to
    }

    /// 1 above 0, −1 below 0, else the number itself.
    fn sign(&mut self, to: Vector, a: Vector, group: usize) {
        let packed = self.packed;
        let (zero, condition) = (self.allocator.take(&mut self.out), self.allocator.take(&mut self.out));
        packed.arithmetic(&mut self.out, Arithmetic::Xor, zero, zero, Operand::Register(zero));
        packed.compare(&mut self.out, Comparison::Less, condition, a, Operand::Register(zero));
        let (one, minus_one) = (self.literal(Literal::One, group), self.literal(Literal::MinusOne, group));
        packed.select(&mut self.out, to, condition, minus_one, a);
        packed.compare(&mut self.out, Comparison::Less, condition, zero, Operand::Register(a));
        packed.select(&mut self.out, to, condition, one, to);
    }

    /// The smaller or larger of two, not-a-number where one of them is: as in `expr::real`.
    fn picked(&mut self, op: Binary, a: Vector, b: Vector) -> Vector {
        let packed = self.packed;
        let (to, condition) = (self.allocator.take(&mut self.out), self.allocator.take(&mut self.out));
        let (low, high) = if op == Binary::Min { (a, b) } else { (b, a) };
        packed.arithmetic(&mut self.out, Arithmetic::Add, to, a, Operand::Register(b));
        packed.compare(&mut self.out, Comparison::LessEqual, condition, low, Operand::Register(high));
        packed.select(&mut self.out, to, condition, Operand::Register(a), to);
        packed.compare(&mut self.out, Comparison::Less, condition, high, Operand::Register(low));
        packed.select(&mut self.out, to, condition, Operand::Register(b), to);
        to
    }

    /// Where a lane has ended: |loss| above its bar, or every |slope| below the tolerance, compared as bits. Jumps if any
    /// has; mask registers 2, 3, … keep which. A parameter that is no longer finite stays so: whoever writes down the end
    /// of a descent sees it, and has the interpreter find the step.
    fn test_ended(&mut self) -> super::encode::Jump {
        let groups = self.layout.groups;
        for group in 0..groups {
            match self.layout.isa {
                Isa::Avx512 => self.ended_by_masks(group),
                Isa::Avx2 => self.ended_by_vectors(group),
            }
            self.allocator.unlock();
        }
        match self.layout.isa {
            Isa::Avx512 => {
                const OR: u8 = 0x45;
                self.out.masks(OR, 1, FIRST_MASK, FIRST_MASK);
                (1..groups as u8).for_each(|group| self.out.masks(OR, 1, 1, FIRST_MASK + group));
                self.out.test_mask(1);
            }
            Isa::Avx2 => {
                let any = self.allocator.take(&mut self.out);
                self.out.load(any, Operand::Memory(self.at(self.layout.ended, 0)));
                for group in 1..groups {
                    let ended = Operand::Memory(self.at(self.layout.ended, group));
                    self.packed.arithmetic(&mut self.out, Arithmetic::Or, any, any, ended);
                }
                self.out.test_signs(any);
                self.allocator.unlock();
            }
        }
        self.out.jump(When::NotZero)
    }

    fn magnitude(&mut self, id: NodeId, group: usize) -> Vector {
        let a = self.register(id, group);
        let to = self.allocator.take(&mut self.out);
        let magnitude = self.literal(Literal::Magnitude, group);
        self.packed.arithmetic(&mut self.out, Arithmetic::And, to, a, magnitude);
        to
    }

    fn ended_by_masks(&mut self, group: usize) {
        const OR: u8 = 0x45;
        const SLOPES: u8 = 1;
        let packed = self.packed;
        let ended = FIRST_MASK + group as u8;
        let [bar, gtol] = [self.layout.bar, self.layout.gtol].map(|slot| self.slot(slot, group));
        for (at, id) in self.program.slopes.clone().into_iter().enumerate() {
            let slope = self.magnitude(id, group);
            packed.compare_bits(&mut self.out, SLOPES, if at == 0 { 0 } else { SLOPES }, slope, false, gtol);
            self.allocator.unlock();
        }
        let loss = self.magnitude(self.program.loss, group);
        packed.compare_bits(&mut self.out, ended, 0, loss, true, bar);
        self.out.masks(OR, ended, ended, SLOPES);
        self.allocator.unlock();
    }

    fn ended_by_vectors(&mut self, group: usize) {
        let packed = self.packed;
        let [bar, gtol] = [self.layout.bar, self.layout.gtol].map(|slot| self.slot(slot, group));
        let ended = self.magnitude(self.program.loss, group);
        packed.greater_bits(&mut self.out, ended, ended, bar);
        let small = self.allocator.take(&mut self.out);
        let keep = [ended, small];
        for (at, id) in self.program.slopes.clone().into_iter().enumerate() {
            self.allocator.unlock_all_but(&keep);
            let slope = self.magnitude(id, group);
            let tolerance = self.allocator.take(&mut self.out);
            self.out.load(tolerance, gtol);
            packed.greater_bits(&mut self.out, slope, tolerance, Operand::Register(slope));
            let so_far = if at == 0 { slope } else { small };
            packed.arithmetic(&mut self.out, Arithmetic::And, small, so_far, Operand::Register(slope));
        }
        packed.arithmetic(&mut self.out, Arithmetic::Or, ended, ended, Operand::Register(small));
        let at = self.at(self.layout.ended, group);
        self.out.store(at, ended);
    }

    /// Where loss and slopes are when the loop is left, and the slots that they belong in.
    fn judged_places(&self) -> Vec<(Operand, i32)> {
        let slots = std::iter::once(self.layout.loss).chain(self.layout.slopes.iter().copied());
        let nodes = std::iter::once(self.program.loss).chain(self.program.slopes.iter().copied());
        let pairs: Vec<(NodeId, usize)> = nodes.zip(slots).collect();
        let groups = 0..self.layout.groups;
        let place = |group: usize| {
            let of_group = move |(id, slot): &(NodeId, usize)| {
                (self.allocator.place(self.value(*id, group)), self.at(*slot, group))
            };
            pairs.iter().map(of_group).collect::<Vec<_>>()
        };
        groups.flat_map(place).collect()
    }

    /// The end of the function: loss and slopes go into the frame, and which lanes have ended.
    fn leave(&mut self, places: &[(Operand, i32)]) {
        // Everything in registers first: after that every register is free to carry the rest.
        for (from, to) in places {
            if let Operand::Register(register) = from {
                self.out.store(*to, *register);
            }
        }
        for (from, to) in places.iter().filter(|(from, _)| matches!(from, Operand::Memory(_))) {
            self.out.load(0, *from);
            self.out.store(*to, 0);
        }
        if self.layout.isa == Isa::Avx512 {
            for group in 0..self.layout.groups {
                self.packed.spread(&mut self.out, 0, FIRST_MASK + group as u8);
                let at = self.at(self.layout.ended, group);
                self.out.store(at, 0);
            }
        }
        self.out.return_count();
    }

    /// Writes the next carried values, and the number of the next step.
    fn store_next(&mut self) {
        let groups = self.layout.groups;
        let carried: Vec<(NodeId, usize)> =
            self.program.carried.iter().map(|carried| carried.next).zip(self.layout.carried.iter().copied()).collect();
        // A next value that is another one's present value must be read before that is overwritten.
        let (moves, results): (Vec<_>, Vec<_>) =
            carried.into_iter().partition(|(next, _)| matches!(self.program.graph.node(*next), Node::Input(_)));
        let mut waiting = Vec::new();
        for (next, slot) in moves {
            for group in 0..groups {
                let register = self.register(next, group);
                let spill = self.allocator.spill_slot();
                self.out.store(spill, register);
                self.allocator.unlock();
                waiting.push((spill, self.at(slot, group)));
            }
        }
        for (next, slot) in results {
            for group in 0..groups {
                let register = self.register(next, group);
                let at = self.at(slot, group);
                self.out.store(at, register);
                self.allocator.unlock();
            }
        }
        let free = self.allocator.take(&mut self.out);
        for (from, to) in waiting {
            self.out.load(free, Operand::Memory(from));
            self.out.store(to, free);
        }
        let counts = self.program.inputs.contains(&Input::StepNumber);
        for group in (0..groups).filter(|_| counts) {
            let at = self.at(self.layout.step_number, group);
            let one = self.literal(Literal::One, group);
            self.out.load(free, Operand::Memory(at));
            self.packed.arithmetic(&mut self.out, Arithmetic::Add, free, free, one);
            self.out.store(at, free);
        }
        self.allocator.unlock();
    }

    /// The second function: what depends on knobs alone. Returns the bytes of the frame.
    fn prepare(&mut self, first_spill: i32) -> i32 {
        let values = self.program.graph.nodes().len() * self.layout.groups;
        let isa = self.layout.isa;
        self.allocator = Allocator::new(isa.registers(), values, isa.bytes(), first_spill);
        self.time = 0;
        self.pins.clear();
        let setup = std::mem::take(&mut self.setup);
        self.place_sources(0);
        let prepared = self.layout.of_lanes - setup.len();
        for (time, id) in setup.iter().enumerate() {
            self.note_children(*id, time);
            // Kept until it is stored.
            self.note(&[*id], time + 1);
        }
        for (at, id) in setup.iter().enumerate() {
            self.operation(*id);
            for group in 0..self.layout.groups {
                let register = self.register(*id, group);
                let place = self.at(prepared + at, group);
                self.out.store(place, register);
                self.allocator.unlock();
            }
        }
        self.out.return_count();
        self.allocator.frame_bytes()
    }
}

/// Mask register of the first group's ended lanes.
const FIRST_MASK: u8 = 2;
/// Place of [`Literal::Magnitude`] among the literals.
const MAGNITUDE: usize = 1;

fn arithmetic(op: Binary) -> Arithmetic {
    match op {
        Binary::Add => Arithmetic::Add,
        Binary::Sub => Arithmetic::Sub,
        Binary::Mul => Arithmetic::Mul,
        Binary::Div => Arithmetic::Div,
        Binary::Min | Binary::Max | Binary::Pow => unreachable!("no single instruction"),
    }
}

/// The operations of a program: those that knobs decide, those that judge, those that advance.
fn phases(program: &Program) -> (Vec<NodeId>, Vec<NodeId>, Vec<NodeId>) {
    let graph = &program.graph;
    let needed = program.needed();
    let judged = graph.needed_by(&program.judged());
    let mut fixed = vec![false; graph.nodes().len()];
    for (at, node) in graph.nodes().iter().enumerate() {
        fixed[at] = match *node {
            Node::Constant(_) => true,
            Node::Input(number) => matches!(program.inputs[number as usize], Input::Knob(_)),
            _ => node.children().all(|child| fixed[child.index()]),
        };
    }
    let ids = (0..needed.len()).filter(|at| needed[*at]).map(|at| graph.id_at(at));
    let operations = ids.filter(|id| !matches!(graph.node(*id), Node::Constant(_) | Node::Input(_)));
    let (setup, moving): (Vec<NodeId>, Vec<NodeId>) = operations.partition(|id| fixed[id.index()]);
    let (judge, advance) = moving.into_iter().partition(|id| judged[id.index()]);
    (setup, judge, advance)
}
