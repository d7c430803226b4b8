//! Program → machine code over lane groups.
//!
//! Operations and their order are those of the interpreter, so that every bit is the same.

use super::compiler::Compiler;
use super::expand::Flats;
use super::flat::Stage;
use super::layout::{Layout, Slot};
use super::machine::{Isa, Operand, When};
use super::script::{Action, Script};
use crate::engine::classes::Classes;
use crate::engine::{EngineError, Watch};
use crate::expr::{Node, NodeId};
use crate::sweep::Program;

/// Machine code, and what it works on.
pub struct Code {
    pub bytes: Vec<u8>,
    /// Where the function that prepares what depends on knobs alone begins; that of unwatched blocks begins at 0.
    pub setup: Option<usize>,
    /// Where that of blocks that watch their losses begins, and the step function that does.
    pub watched_blocks: Option<usize>,
    pub watching: Option<usize>,
    pub layout: Layout,
}

/// Compiles the lists of a program: four interleaved vectors, else two where too many of their values would go to
/// memory and back. Some may: that costs less than waiting for results does. What all lanes share stays in registers as
/// long as nothing else has to leave for it.
///
/// # Errors
/// [`EngineError::Interrupted`]
pub fn compile(
    program: &Program,
    (classes, flats): (&Classes, &Flats),
    isa: Isa,
    watch: &Watch<'_>,
) -> Result<Code, EngineError> {
    let compiler = |parts: usize, pins: usize| Compiler::new(program, classes, flats, isa, parts, pins);
    let with = |parts: usize, pins: usize, keeps_carried: bool| {
        let mut compiler = compiler(parts, pins);
        compiler.keeps_carried = keeps_carried;
        if watch.cancelled() { Err(EngineError::Interrupted) } else { Ok(compiler.run()) }
    };
    let (parts, least) = match with(4, 0, false)?.1 {
        spills if spills * isa.bytes() <= MAX_SPILLED_BYTES => (4, spills),
        _ => (2, with(2, 0, false)?.1),
    };
    let mut compiler = compiler(parts, 0);
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
        match &self.code.unjudged {
            None => self.block_function(false),
            Some((_, stages)) => self.unjudged_function(stages),
        }
        let (mut common, spills) = (self.allocator.common_bytes(), self.allocator.spills);
        let watched_blocks = self.code.unjudged.is_none().then(|| self.out.here());
        if watched_blocks.is_some() {
            let room = usize::from(self.layout.isa.registers()) - FREE_REGISTERS - self.kept_registers();
            let pins = pins.iter().copied().take(room.saturating_sub(2 * self.layout.parts));
            self.restart(&self.code.step, pins.collect());
            self.block_function(true);
            common = common.max(self.allocator.common_bytes());
        }
        let setup = self.out.here();
        self.prepare();
        common = common.max(self.allocator.common_bytes());
        let watching = self.out.here();
        self.restart(&self.code.step, pins);
        self.step_function();
        common = common.max(self.allocator.common_bytes());
        self.way_outside();
        self.layout.common = common as usize / self.layout.isa.bytes();
        (
            Code {
                bytes: self.out.finish(),
                setup: Some(setup),
                watched_blocks,
                watching: Some(watching),
                layout: self.layout,
            },
            spills,
        )
    }

    /// Blocks of steps as long as none of the lanes ended within; some add every loss to the least and the largest. Those of a block
    /// that is made again are added twice, which changes neither.
    fn block_function(&mut self, watches: bool) {
        let script = Script { parts: self.layout.parts }.step(self.code);
        self.note_uses(&script);
        if watches {
            self.keep_losses();
        }
        self.begin_blocks();
        for (time, action) in script.iter().enumerate() {
            if let Action::Test = action {
                if watches {
                    self.watch_losses();
                }
                self.gather_extremes();
                self.finish_time();
            } else {
                self.step_action(&script, time);
            }
        }
        self.out.count_down();
        self.end_blocks();
    }

    /// Steps that are not judged, as long as no parameter is beyond its limit.
    fn unjudged_function(&mut self, stages: &[Stage]) {
        let script = Script { parts: self.layout.parts }.unjudged(stages);
        self.note_uses(&script);
        let begin = self.out.here();
        let beyond = self.test_limits();
        self.out.test_count();
        let done = self.out.jump(When::Zero);
        (0..script.len()).for_each(|time| self.step_action(&script, time));
        self.out.count_down();
        let again = self.out.jump(When::Always);
        self.out.land(again, begin);
        let leave = self.out.here();
        self.out.land(beyond, leave);
        self.out.land(done, leave);
        self.out.return_count();
    }

    /// What is done in a step besides its test.
    fn step_action(&mut self, script: &[Action<'_>], time: usize) {
        let ends = |action: &Action<'_>| matches!(action, Action::EndRows(..));
        match script[time] {
            Action::StoreNext => self.store_next(),
            Action::BeginRows(..) => self.act(script[time], time + script[time..].iter().position(ends).unwrap_or(0)),
            action => self.act(action, time),
        }
    }

    /// Steps as long as none of the lanes may have ended.
    fn step_function(&mut self) {
        let script = Script { parts: self.layout.parts }.step(self.code);
        self.note_uses(&script);
        self.keep_losses();
        self.keep_carried();
        let begin = self.out.here();
        let (mut leaving, mut at_branch) = (Vec::new(), Vec::new());
        for (time, action) in script.iter().enumerate() {
            if let Action::Test = action {
                self.watch_losses();
                leaving.push(self.test_ended());
                at_branch = self.judged_places();
                self.finish_time();
                self.out.test_count();
                leaving.push(self.out.jump(When::Zero));
            } else {
                self.step_action(&script, time);
            }
        }
        self.out.count_down();
        let again = self.out.jump(When::Always);
        self.out.land(again, begin);
        let leave = self.out.here();
        for jump in leaving {
            self.out.land(jump, leave);
        }
        self.leave(&at_branch);
    }

    /// What is done in any function; a loop that begins ends at time `end`.
    fn act(&mut self, action: Action<'_>, end: usize) {
        match action {
            Action::Operation(at, part) => self.operation(at, part),
            Action::BeginRows(rows) => self.begin_rows(rows, end),
            Action::EndRows(rows) => self.end_rows(rows),
            Action::Keep(at) => self.keep(at),
            Action::Test | Action::StoreNext => unreachable!("steps alone have these"),
        }
        self.finish_time();
    }

    /// Tells the allocator when everything will be read.
    fn note_uses(&mut self, script: &[Action<'_>]) {
        for (time, action) in script.iter().enumerate() {
            match action {
                Action::Operation(_, part) => {
                    for at in action.reads(self.flat) {
                        let value = self.entry_value(at, *part);
                        self.allocator.will_use(value, time);
                    }
                }
                Action::Test => self.note(&self.program.judged(), time),
                Action::StoreNext => {
                    let next: Vec<NodeId> = self.carried().map(|(next, _)| next).collect();
                    self.note(&next, time);
                }
                Action::Keep(at) => self.note(&[self.classes.setup[*at]], time),
                Action::BeginRows(..) | Action::EndRows(..) => {
                    for at in action.reads(self.flat) {
                        for part in 0..self.layout.parts {
                            let value = self.entry_value(at, part);
                            self.allocator.will_use(value, time);
                        }
                    }
                }
            }
        }
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
        self.restart(&self.code.setup, Vec::new());
        let script = Script { parts: self.layout.parts }.setup(self.code);
        self.note_uses(&script);
        for (time, action) in script.iter().enumerate() {
            self.act(*action, time);
        }
        self.out.return_count();
    }

    /// Writes down what was prepared.
    fn keep(&mut self, at: usize) {
        let (id, slot) = (self.classes.setup[at], self.layout.prepared(at));
        for part in 0..self.layout.parts {
            let register = self.register(id, part);
            self.out.store(self.layout.at(slot, part), register);
            self.allocator.unlock();
        }
        self.is_in(id, slot);
    }
}
