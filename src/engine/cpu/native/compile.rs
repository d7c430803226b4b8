//! Program → machine code over lane groups.
//!
//! Operations and their order are those of the interpreter, so that every bit is the same.

use super::classes::Classes;
use super::compiler::Compiler;
use super::encode::{Isa, Operand, When};
use super::layout::{Layout, Slot};
use super::operations::Arithmetic;
use crate::engine::{EngineError, Watch};
use crate::expr::{Binary, Node, NodeId, Unary};
use crate::sweep::Program;

/// Machine code, and what it works on.
pub struct Code {
    pub bytes: Vec<u8>,
    /// Where the function that prepares what depends on knobs alone begins; that of unwatched blocks begins at 0.
    pub setup: Option<usize>,
    /// Where the step function that watches its losses begins.
    pub watching: Option<usize>,
    pub layout: Layout,
}

/// Whether all operations of the lanes have instructions.
pub fn is_supported(program: &Program, classes: &Classes) -> bool {
    let operations = [&classes.setup, &classes.judge, &classes.advance].into_iter().flatten();
    operations.into_iter().all(|id| match program.graph.node(*id) {
        Node::Unary(op, _) => matches!(op, Unary::Neg | Unary::Abs | Unary::Sign | Unary::Sqrt | Unary::Floor),
        Node::Binary(op, ..) => Arithmetic::of(op).is_some() || matches!(op, Binary::Min | Binary::Max),
        Node::Constant(_) | Node::Input(_) | Node::Compare(..) | Node::Select(..) => true,
        Node::Column(_) | Node::Sum(..) | Node::Largest(..) => false,
    })
}

/// Compiles a program that [`is_supported`]: four interleaved vectors, else two where too many of their values would go to
/// memory and back. Some may: that costs less than waiting for results does. What all lanes share stays in registers as
/// long as nothing else has to leave for it.
///
/// # Errors
/// [`EngineError::Interrupted`]
pub fn compile(program: &Program, classes: &Classes, isa: Isa, watch: &Watch<'_>) -> Result<Code, EngineError> {
    let with = |parts: usize, pins: usize, keeps_carried: bool| {
        let mut compiler = Compiler::new(program, classes, isa, parts, pins);
        compiler.keeps_carried = keeps_carried;
        if watch.cancelled() { Err(EngineError::Interrupted) } else { Ok(compiler.run()) }
    };
    let (parts, least) = match with(4, 0, false)?.1 {
        spills if spills * isa.bytes() <= MAX_SPILLED_BYTES => (4, spills),
        _ => (2, with(2, 0, false)?.1),
    };
    let mut compiler = Compiler::new(program, classes, isa, parts, 0);
    compiler.keeps_carried = compiler.can_keep_carried() && with(parts, 0, true)?.1 == least;
    let keeps_carried = compiler.keeps_carried;
    let room = usize::from(isa.registers()) - FREE_REGISTERS - compiler.kept_registers();
    let mut pins = 0;
    while pins < MAX_PINS.min(room) && with(parts, pins + 1, keeps_carried)?.1 == least {
        pins += 1;
    }
    Ok(with(parts, pins, keeps_carried)?.0)
}

/// A quarter of a first-level cache. Adam on two parameters is a sixth faster with four vectors, 7 of whose values go to
/// memory, than with two and none; with 16 registers instead of 32, rules with state gain a fifth to a third.
const MAX_SPILLED_BYTES: usize = 8 << 10;
/// Registers that may be kept for what all lanes share.
const MAX_PINS: usize = 12;
/// And those that never are: an instruction needs up to five, and the loop that watches keeps losses besides.
const FREE_REGISTERS: usize = 8;

impl Compiler<'_> {
    /// Machine code, and how many values of the first function did not fit the registers.
    fn run(mut self) -> (Code, usize) {
        let pins = self.pins.clone();
        self.block_function();
        let (mut common, spills) = (self.allocator.common_bytes(), self.allocator.spills);
        let setup = self.out.code.len();
        self.prepare();
        common = common.max(self.allocator.common_bytes());
        let watching = self.out.code.len();
        self.restart(true, pins);
        self.keep_losses();
        self.keep_carried();
        self.step_function();
        common = common.max(self.allocator.common_bytes());
        self.layout.common = common as usize / self.layout.isa.bytes();
        (Code { bytes: self.out.code, setup: Some(setup), watching: Some(watching), layout: self.layout }, spills)
    }

    /// Blocks of steps as long as none of the lanes ended within.
    fn block_function(&mut self) {
        self.note_uses();
        self.begin_blocks();
        let classes = self.classes;
        classes.judge.iter().for_each(|id| self.operation(*id));
        self.gather_extremes();
        self.finish_time();
        classes.advance.iter().for_each(|id| self.operation(*id));
        self.store_next();
        self.finish_time();
        self.out.count_down();
        self.end_blocks();
    }

    /// Steps as long as none of the lanes may have ended.
    fn step_function(&mut self) {
        self.note_uses();
        let begin = self.out.code.len();
        let classes = self.classes;
        classes.judge.iter().for_each(|id| self.operation(*id));
        self.watch_losses();
        let ended = self.test_ended();
        let at_branch = self.judged_places();
        self.finish_time();
        self.out.test_count();
        let out_of_steps = self.out.jump(When::Zero);
        classes.advance.iter().for_each(|id| self.operation(*id));
        self.store_next();
        self.out.count_down();
        let again = self.out.jump(When::Always);
        self.out.land(again, begin);
        let leave = self.out.code.len();
        self.out.land(ended, leave);
        self.out.land(out_of_steps, leave);
        self.leave(&at_branch);
    }

    /// Tells the allocator when everything will be read: operations one after the other, the test, the stores.
    fn note_uses(&mut self) {
        let mut time = 0;
        for id in &self.classes.judge {
            self.note_children(*id, time);
            time += 1;
        }
        self.note(&self.program.judged(), time);
        time += 1;
        for id in &self.classes.advance {
            self.note_children(*id, time);
            time += 1;
        }
        let next: Vec<NodeId> = self.carried().map(|(next, _)| next).collect();
        self.note(&next, time);
    }

    /// Writes the next carried values, and goes on to the next row.
    fn store_next(&mut self) {
        let parts = self.layout.parts;
        // A next value that is another one's present value must be read before that is overwritten.
        let is_input = |(next, _): &(NodeId, Slot)| matches!(self.program.graph.node(*next), Node::Input(_));
        let (moves, results): (Vec<_>, Vec<_>) = self.carried().partition(is_input);
        let mut waiting = Vec::new();
        for (next, slot) in moves {
            for part in 0..parts {
                let register = self.register(next, part);
                let spill = self.allocator.spill_slot();
                self.out.store(spill, register);
                self.allocator.unlock();
                waiting.push((spill, slot, part));
            }
        }
        for (next, slot) in results {
            for part in 0..parts {
                let register = self.register(next, part);
                self.put_next(slot, part, register);
                self.allocator.unlock();
            }
        }
        let free = self.allocator.take(&mut self.out);
        for (from, slot, part) in waiting {
            self.out.load(free, Operand::Memory(from));
            self.put_next(slot, part, free);
        }
        self.allocator.unlock();
        if self.layout.row > 0 {
            self.out.next_row((self.layout.row * self.layout.isa.bytes()) as i32);
        }
    }

    /// The second function: what depends on knobs alone.
    fn prepare(&mut self) {
        self.restart(false, Vec::new());
        for (time, id) in self.classes.setup.iter().enumerate() {
            self.note_children(*id, time);
            // Kept until it is stored.
            self.note(&[*id], time + 1);
        }
        for (at, id) in self.classes.setup.iter().enumerate() {
            self.operation(*id);
            let slot = self.layout.prepared(at);
            for part in 0..self.layout.parts {
                let register = self.register(*id, part);
                self.out.store(self.layout.at(slot, part), register);
                self.allocator.unlock();
            }
            self.is_in(*id, slot);
        }
        self.out.return_count();
    }
}
