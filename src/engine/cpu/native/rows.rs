//! Loops over rows. What goes from row to row stays in registers, as does what all rows read most.

use super::allocate::Value;
use super::compiler::{Compiler, Loop};
use super::flat::{Entry, Operation, RowStage};
use super::machine::{Operand, Vector, When};
use super::operations::Arithmetic;

impl Compiler<'_> {
    /// Everything goes to memory but what is chosen here: a row begins with what the row before began with.
    pub fn begin_rows(&mut self, rows: &RowStage, end: usize) {
        self.allocator.clear(&mut self.out);
        // Those that an instruction needs, and some for values on their way.
        let working = usize::from(self.layout.isa.registers()) / 4 + 2;
        let (mut carried, mut stored) = (Vec::new(), Vec::new());
        for (value, next) in &rows.carried {
            let Entry::Carried { first, .. } = self.flat.entries[*value] else {
                unreachable!("it goes from row to row")
            };
            let first = self.entry_value(first, 0);
            for part in 0..self.layout.parts {
                let (value, next) = (self.entry_value(*value, part), self.entry_value(*next, part));
                let register = self.allocator.take(&mut self.out);
                let from = self.allocator.place(first);
                self.out.load(register, from);
                if self.allocator.free() > working {
                    self.allocator.pin(register);
                    self.allocator.in_pinned(value, register);
                    carried.push((value, next, register));
                } else {
                    let at = self.allocator.spill_slot();
                    self.out.store(at, register);
                    self.allocator.in_memory(value, at);
                    stored.push((at, next));
                }
                self.allocator.unlock();
            }
        }
        let mut kept = Vec::new();
        for value in self.allocator.read_most(self.read_in(rows)) {
            if self.allocator.free() <= working {
                break;
            }
            let register = self.allocator.register(&mut self.out, value);
            self.allocator.pin_in_place(value);
            kept.push((value, register));
            self.allocator.unlock();
        }
        if self.code.tables.is_of_batch(rows.at) {
            let batch = self.layout.batch.vector * self.layout.isa.bytes();
            let begin = batch + self.code.tables.begin(rows.at) * self.size_in_row(rows.at);
            self.out.data_of_step(begin as i32);
        }
        self.out.count_rows(rows.rows);
        let begin = self.out.here();
        self.rows = Some(Loop { begin, end, carried, stored, kept });
    }

    /// Bytes of a number in the rows of a loop: those of every lane, where each has its own.
    pub fn size_in_row(&self, table: usize) -> usize {
        let tables = &self.code.tables;
        let vector = self.layout.isa.bytes();
        if tables.is_by_lane(tables.is_of_batch(table)) {
            self.layout.parts * vector
        } else {
            vector / self.layout.width_of_part(self.program.precision.is_wide())
        }
    }

    /// Values that the body reads and that are the same in all rows, one for each time.
    fn read_in(&self, rows: &RowStage) -> Vec<Value> {
        let operations = rows.body.iter().flatten().filter_map(|at| self.flat.operation(*at));
        let fixed = operations.flat_map(Operation::reads).filter(|at| !self.flat.by_row[*at]);
        let values = fixed.flat_map(|at| (0..self.layout.parts).map(move |part| (at, part)));
        values.map(|(at, part)| self.entry_value(at, part)).collect()
    }

    /// The end of a row; behind it everything is where it was at the beginning, and the sums are what came of them.
    pub fn end_rows(&mut self, rows: &RowStage) {
        let Some(Loop { begin, carried, stored, kept, .. }) = self.rows.take() else {
            unreachable!("a loop has begun")
        };
        for (_, next, register) in &carried {
            let from = self.allocator.register(&mut self.out, *next);
            if *register != from {
                self.out.load(*register, Operand::Register(from));
            }
            self.allocator.unlock();
        }
        for (at, next) in stored {
            let from = self.allocator.register(&mut self.out, next);
            self.out.store(at, from);
            self.allocator.unlock();
        }
        let row = self.code.tables.width(rows.at) * self.size_in_row(rows.at);
        self.out.move_data(row as i32);
        self.out.count_row();
        let again = self.out.jump(When::NotZero);
        self.out.land(again, begin);
        if self.code.tables.is_of_batch(rows.at) {
            self.out.data_of_all_steps();
        } else {
            self.out.move_data(-((row * rows.rows as usize) as i32));
        }
        self.allocator.clear(&mut self.out);
        for (value, register) in kept {
            self.allocator.unpin(register);
            self.allocator.forget(value);
        }
        for (value, next, register) in carried {
            self.allocator.unpin(register);
            self.allocator.forget(next);
            self.allocator.hold(value, register);
        }
    }

    /// The register for a sum: that of what goes on to the next row, where nothing reads it in this one any more.
    fn target(&mut self, value: Value) -> Vector {
        let here = self.rows.as_ref().and_then(|rows| {
            let (before, _, register) = rows.carried.iter().find(|(_, next, _)| *next == value)?;
            let is_free = !self.allocator.is_read_between(*before, self.time, rows.end);
            is_free.then_some(*register)
        });
        let Some(register) = here else { return self.allocator.take(&mut self.out) };
        self.allocator.in_pinned(value, register);
        register
    }

    /// to = a op b, where the result belongs.
    pub fn arithmetic(&mut self, value: Value, op: Arithmetic, a: Vector, b: Operand) -> Vector {
        let to = self.target(value);
        self.out.arithmetic(op, to, a, b);
        to
    }
}
